"""Train: the prepared data through a named model or the user's own."""

from __future__ import annotations

from bringup.base.events import EventWriter
from bringup.pipeline.request import Request, Result


def run(request: Request, events: EventWriter) -> Result:
    """Train the model of ``[train]`` and leave its weights, history and answers.

    Raises:
        BringupError: TRN0xx, a fault in the settings, the model or the data; PRE002, prepare
            left nothing.
    """
    # Imported here: a framework takes seconds to import, and its backend is one of several.
    from bringup.pipeline.backends.torch.training import train

    return train(request, events)
