"""Which versions work on this machine: the answer from the tables, proved at both ends."""
