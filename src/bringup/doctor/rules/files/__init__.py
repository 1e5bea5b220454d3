"""Files that describe environments."""
