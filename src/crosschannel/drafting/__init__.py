"""Contracts of sources: drafted from samples, exchanged with other tools, and shown with personal values masked."""
