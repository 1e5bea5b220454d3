"""Run checks inside an environment; one JSON line as each begins, one as it ends.

Started as a plain file by the environment's own Python: nothing of bringup is imported.
Usage: ``python run.py '{"checks": [...], ...}'``; see bringup.environment.verify.
"""

import importlib
import json
import sys
import time
import traceback
from typing import Any


def main() -> None:
    """Run the checks that the argument names, in order."""
    spec = json.loads(sys.argv[1])
    for name in spec["checks"]:
        say({"begin": name})
        began = time.perf_counter()
        try:
            # "arithmetic:cuda:0" is the check `arithmetic` on the device cuda:0.
            kind, _, device = name.partition(":")
            detail = importlib.import_module(f"check_{kind}").check(spec, device or "cpu")
            ok = True
        except Exception as error:
            last = traceback.extract_tb(error.__traceback__)[-1]
            where = f" ({last.filename.rpartition('/')[2]}:{last.lineno})"
            detail, ok = f"{type(error).__name__}: {error}"[:2000] + where, False
        seconds = round(time.perf_counter() - began, 3)
        say({"name": name, "ok": ok, "seconds": seconds, "detail": detail})


def say(document: dict[str, Any]) -> None:
    """Write one line for the process that started us."""
    # Libraries write to stdout as well: a mark tells our lines from theirs.
    sys.stdout.write("\x1ebringup " + json.dumps(document) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
