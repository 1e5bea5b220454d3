"""What is here: a machine as a value, probed once at the edge. Never judges.

``machine_of`` is the way in for every verb.
"""

from bringup.machine.entry import machine_of
from bringup.machine.model import Fact, Gpu, IndexSettings, Interpreter, Machine
from bringup.machine.probe import probe
from bringup.machine.redact import redacted, redacted_machine, redacted_value
from bringup.machine.replay import load_machine, machine_by_hand, save

__all__ = [
    "Fact",
    "Gpu",
    "IndexSettings",
    "Interpreter",
    "Machine",
    "load_machine",
    "machine_by_hand",
    "machine_of",
    "probe",
    "redacted",
    "redacted_machine",
    "redacted_value",
    "save",
]
