"""``python -m bringup.serving --bundle FOLDER``: serve a bundle until told to stop."""

from __future__ import annotations

import argparse
import logging
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from bringup.base.errors import BringupError, ExitCode
from bringup.base.files import write_json
from bringup.base.messages import choose_language
from bringup.base.processes import die_with_parent


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve what the command line names and return the exit code."""
    options = _options(arguments)
    choose_language()
    _log_to(options.log_file)
    if os.environ.get("BRINGUP_DIE_WITH_PARENT") == "1":
        die_with_parent()
    # Imported here, so that --help is quick.
    from bringup.serving.server import serve

    try:
        return serve(
            options.bundle,
            host=options.host,
            port=options.port,
            ready_file=options.ready_file,
            threads=options.threads,
        )
    except BringupError as error:
        return fail(error, options.error_file)
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except Exception:
        traceback.print_exc()
        return ExitCode.BUG


def fail(error: BringupError, error_file: Path | None) -> int:
    """Say what went wrong on stderr and, for another program, in ``error_file``."""
    print(f"error: {error} [{error.code}]", file=sys.stderr)
    if error.hint:
        print(f"hint: {error.hint}", file=sys.stderr)
    if error_file is not None:
        write_json(error_file, error.to_json())
    return error.exit_code


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bringup.serving",
        description="Serve a bundle over HTTP (Open Inference Protocol v2).",
    )
    parser.add_argument("--bundle", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--port", type=_port, default=8000, help="0 takes a free one (%(default)s)")
    parser.add_argument(
        "--threads", type=int, help="threads of one inference (default: the usable cores)"
    )
    parser.add_argument(
        "--ready-file", type=Path, metavar="FILE", help="written as JSON once requests are answered"
    )
    parser.add_argument(
        "--error-file", type=Path, metavar="FILE", help="written as JSON when serving is impossible"
    )
    parser.add_argument(
        "--log-file", type=Path, metavar="FILE", help="where the log goes (default: stderr)"
    )
    return parser.parse_args(arguments)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"expected 0 to 65535, found {text}")
    return int(text)


def _log_to(path: Path | None) -> None:
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(
        filename=path,
        level=logging.INFO if path is not None else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )


if __name__ == "__main__":
    sys.exit(main())
