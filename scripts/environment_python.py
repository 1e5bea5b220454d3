"""Print the interpreter of a project's environment: ``environment_python.py FOLDER``."""

import sys
from pathlib import Path

from bringup.cli.passes import Wish, open_context, open_project
from bringup.workflow.observer import SilentObserver
from bringup.workflow.stages.sync import train_python

folder = Path(sys.argv[1])
print(train_python(open_context(Wish(folder), open_project(folder), SilentObserver())))
