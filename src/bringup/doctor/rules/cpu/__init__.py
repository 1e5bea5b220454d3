"""The processor and its threads."""
