"""From a log to the cause of its failure: ``explain(text, facts)``."""

from bringup.explain.answer import Explanation, FoundCause, Step
from bringup.explain.explain import explain

__all__ = ["Explanation", "FoundCause", "Step", "explain"]
