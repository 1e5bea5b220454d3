"""One file per verb: parses and renders, decides nothing."""
