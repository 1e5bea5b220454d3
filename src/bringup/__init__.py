"""bringup: from a bare machine to a served model, one file, every step checked."""

__version__ = "0.1.0"
