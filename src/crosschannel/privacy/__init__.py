"""What people allowed, and what becomes of their data when they ask: pure verbs, no storage."""
