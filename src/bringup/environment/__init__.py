"""A lock made real on this machine, and proved by real work."""
