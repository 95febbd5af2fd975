"""What leaves the suite: one release at a time, what it changed, and the card of one customer."""
