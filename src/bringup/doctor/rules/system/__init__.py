"""The operating system: libraries, disk, memory, limits."""
