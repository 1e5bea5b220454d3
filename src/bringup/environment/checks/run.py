"""Run checks inside an environment; one JSON line as each begins, one as it ends.

Started as a plain file by the environment's own Python: nothing of bringup is imported.
Usage: ``python run.py '{"checks": [...], ...}'``; see bringup.environment.verify.

A check is a function of ``of_<framework>.py`` that takes the specification and a device. It returns
a mapping: ``detail`` (what was done); where something was compared, ``difference`` and
``tolerance``; or only ``skipped`` with the reason, as a code of the catalogue and its parameters.
What it raises is a failure, with the text of its ``code`` where it has one.
"""

import importlib
import json
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any

_DETAIL_CHARS = 2000


def main() -> None:
    """Run the checks that the argument names, in order."""
    spec = json.loads(sys.argv[1])
    for name in spec["checks"]:
        say({"begin": name})
        began = time.perf_counter()
        try:
            kind, _, device = name.partition(":")
            row = judged(function_of(kind)(spec, device or "cpu"))
        except Exception as error:
            row = {"status": "failed", "detail": told(error), "code": code_of(error)}
        say({"name": name, "seconds": round(time.perf_counter() - began, 3), **row})


def function_of(kind: str) -> Callable[[dict[str, Any], str], dict[str, Any]]:
    """Return the function of a check: ``torch.matmul`` stands in ``of_torch.py``."""
    framework, _, name = kind.rpartition(".")
    module = importlib.import_module(f"of_{framework or 'environment'}")
    # `import` and `compile` cannot be, or should not be, names of functions.
    return getattr(module, name, None) or getattr(module, f"{name}_")


def judged(result: dict[str, Any]) -> dict[str, Any]:
    """Return what a check found with its status: a difference must be within its tolerance."""
    if "skipped" in result:
        return {"status": "skipped", **result}
    # A difference that is no number is not within the tolerance either.
    holds = "tolerance" not in result or result["difference"] <= result["tolerance"]
    if holds:
        return {"status": "ok", **result}
    beyond = f"difference {result['difference']:.2e}, allowed {result['tolerance']:.0e}"
    return {"status": "failed", **result, "detail": f"{result['detail']}: {beyond}"}


def told(error: Exception) -> str:
    """Return an exception in one line, with what raised it; our own findings need no more."""
    text = " ".join(str(error).split())[:_DETAIL_CHARS]
    if isinstance(error, AssertionError) and text:
        return text
    last = traceback.extract_tb(error.__traceback__)[-1]
    where = f" ({last.filename.rpartition('/')[2]}:{last.lineno})"
    return f"{type(error).__name__}: {text}{where}"


def code_of(error: Exception) -> str | None:
    """Return the code of the catalogue that an exception of a check names, None without one."""
    code = getattr(error, "code", None)
    return code if isinstance(code, str) and code.startswith("VER") else None


def say(document: dict[str, Any]) -> None:
    """Write one line for the process that started us."""
    # Libraries write to stdout as well: a mark tells our lines from theirs.
    sys.stdout.write("\x1ebringup " + json.dumps(document) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
