"""The frameworks that are installed."""
