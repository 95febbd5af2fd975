"""Models: fit segments and scores on gold tables, judge them, apply them; no reads, no writes, no tracking."""
