"""What goes together: Python, framework builds and pins, chosen from facts, then locked by uv."""
