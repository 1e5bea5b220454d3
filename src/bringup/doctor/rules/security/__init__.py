"""What is open, readable or trusted that should not be."""
