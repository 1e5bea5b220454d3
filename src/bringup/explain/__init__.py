"""Logs to causes: what made a command fail, the lines that show it, and the fix."""

from bringup.explain.explain import explain
from bringup.explain.model import Cause, Explanation, Verdict

__all__ = ["Cause", "Explanation", "Verdict", "explain"]
