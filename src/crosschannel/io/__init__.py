"""The edges: the Spark session, the lake, raw files, tracking and the clock."""
