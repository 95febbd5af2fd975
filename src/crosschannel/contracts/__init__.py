"""What every table holds: declared once, and everything else derived from it."""
