"""Files that describe environments, judged before anybody builds them."""

from bringup.doctor.files.judge import examine_files

__all__ = ["examine_files"]
