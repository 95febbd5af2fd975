"""Attribute records: find rows about one person by what they say, with weights learned without labels."""
