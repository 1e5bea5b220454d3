"""One package per framework, with the same file names in each."""
