"""``python -m bringup.knowledge.refresh [TABLE...]``: rebuild or check the tables.

Exit code 0 when all is well; 1 when a reviewed row differs from the index, or with ``--check``
anything does; 2 for an unknown table; 4 when the index cannot be reached.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from bringup.base.errors import BringupError, ExitCode
from bringup.base.messages import LANGUAGES, choose_language, text_of
from bringup.datasets.cache import cache_folder
from bringup.knowledge.refresh.asking import Asking
from bringup.knowledge.refresh.outcome import Outcome
from bringup.knowledge.refresh.registry import TABLES, Table, named
from bringup.knowledge.refresh.toml import head_of, read_document, render, write_document
from bringup.machine.probe import probe
from bringup.stack.index import IndexClient, default_index

SCHEMA_VERSION: Final = 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the programs of the tables that the command line names; return the exit code."""
    options = _parser().parse_args(arguments)
    choose_language(options.lang)
    try:
        chosen = named(options.tables, options.folder)
        return _refresh(chosen, options)
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except BringupError as error:
        _say(text_of("KNW020", text=str(error)))
        if error.hint:
            _say(text_of("KNW021", hint=error.hint))
        if options.json:
            print(json.dumps({"schema_version": SCHEMA_VERSION, "error": error.to_json()}))
        return error.exit_code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bringup.knowledge.refresh")
    parser.add_argument("tables", nargs="*", metavar="TABLE", help="packages, builds/torch, ...")
    parser.add_argument("--check", action="store_true", help="change nothing")
    parser.add_argument("--json", action="store_true", help="one document on stdout")
    parser.add_argument("--no-cache", action="store_true", help="ask the index for everything")
    parser.add_argument("--folder", type=Path, default=TABLES, help="where the tables are")
    parser.add_argument("--lang", choices=LANGUAGES, default=None)
    return parser


def _refresh(chosen: list[Table], options: argparse.Namespace) -> int:
    machine = probe()
    cache = None if options.no_cache else cache_folder() / "knowledge"
    rows: list[dict[str, Any]] = []
    failed = False
    with IndexClient(machine) as client:
        asking = Asking(client, default_index(machine), cache=cache, on_question=_say_question)
        for table in chosen:
            _say(text_of("KNW022", table=table.name))
            old = read_document(table.path)
            outcome = table.check(old, asking)
            written = _write(table, outcome) if not options.check else False
            failed |= bool(outcome.differences) and (options.check or outcome.reviewed)
            rows.append(_to_json(table, outcome, written=written))
            if not options.json:
                _print(table, outcome, written=written)
    if options.json:
        document = {"schema_version": SCHEMA_VERSION, "ok": not failed, "tables": rows}
        print(json.dumps(document, ensure_ascii=False, indent=2))
    return ExitCode.FAULT if failed else ExitCode.DONE


def _write(table: Table, outcome: Outcome) -> bool:
    """Write a table when its text changes."""
    head = head_of(table.path) or table.head
    before = table.path.read_text(encoding="utf-8") if table.path.is_file() else ""
    if render(outcome.document, head) == before:
        return False
    write_document(table.path, outcome.document, head)
    return True


def _to_json(table: Table, outcome: Outcome, *, written: bool) -> dict[str, Any]:
    return {
        "table": table.name,
        "reviewed": outcome.reviewed,
        "written": written,
        "differences": [note.to_json() for note in outcome.differences],
    }


def _print(table: Table, outcome: Outcome, *, written: bool) -> None:
    for note in outcome.differences:
        print(note.text)
    code = "KNW023" if written else "KNW024"
    print(text_of(code, table=table.name, count=len(outcome.differences)), flush=True)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _say_question(name: str) -> None:
    _say(text_of("KNW025", name=name))


if __name__ == "__main__":
    sys.exit(main())
