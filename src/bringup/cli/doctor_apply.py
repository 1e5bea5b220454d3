"""``bringup doctor --apply`` and ``--undo``: the safe part of the plan, and taking it back."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from bringup.base.errors import ExitCode
from bringup.base.messages import text_of
from bringup.cli.doctor import Wish, examined, project_folder

if TYPE_CHECKING:
    from bringup.doctor.plan import Plan, Planned


def apply_plan(wish: Wish, *, as_json: bool) -> int:
    """Do the safe steps, ask the facts again, and say which findings are gone."""
    from bringup.doctor.journal import Journal
    from bringup.doctor.plan import plan_of

    plan = plan_of(examined(wish))
    safe = [row for row in plan.steps if row.safe]
    if not safe:
        return _nothing_to_do(plan, as_json=as_json)
    journal = Journal.begin(_journals(wish))
    for planned in safe:
        typer.echo(_said(planned), err=True)
        journal.do(planned)
    # A rule that failed by itself says nothing about its finding: it counts as still there.
    results = examined(wish).results
    after = {row.rule.code for row in results if row.found is not None or row.crashed}
    treated = sorted({code for planned in safe for code in planned.codes})
    gone = {code: code not in after for code in treated}
    _show(gone, journal.folder, len(safe), as_json=as_json)
    return int(ExitCode.DONE if all(gone.values()) else ExitCode.FAULT)


def take_back(wish: Wish, *, as_json: bool) -> int:
    """Take back the last series of steps."""
    from bringup.doctor.journal import Journal

    journal = Journal.last(_journals(wish))
    taken = journal.undo()
    left = [row for row in taken if "left" in row]
    for row in left:
        command = shlex.join(row["undo"])
        typer.echo(text_of("DOC148", command=command, reason=row["left"]), err=True)
    count = len(taken) - len(left)
    typer.echo(text_of("DOC129", count=count, journal=journal.folder), err=True)
    if as_json:
        _print_json({"journal": str(journal.folder), "steps": count, "left": len(left)})
    return int(ExitCode.DONE)


def _journals(wish: Wish) -> Path:
    folder = project_folder(wish)
    if folder is not None:
        return folder.absolute() / ".bringup" / "journal"
    import platformdirs

    return Path(platformdirs.user_state_dir("bringup")) / "journal"


def _said(planned: Planned) -> str:
    from bringup.doctor.document import step_of
    from bringup.report.findings import step_line

    return f"{', '.join(planned.codes)}: {step_line(step_of(planned.step))}"


def _nothing_to_do(plan: Plan, *, as_json: bool) -> int:
    """Say that no step is safe, or that there is none at all."""
    left = sorted(
        {code for row in plan.steps for code in row.codes} | {row.rule.code for row in plan.words}
    )
    typer.echo(text_of("DOC128" if left else "DOC120"), err=True)
    if as_json:
        _print_json({"journal": None, "steps": 0, "gone": [], "left": left})
    return int(ExitCode.FAULT if left else ExitCode.DONE)


def _show(gone: dict[str, bool], journal: Path, count: int, *, as_json: bool) -> None:
    if as_json:
        _print_json(
            {
                "journal": str(journal),
                "steps": count,
                "gone": [code for code, is_gone in gone.items() if is_gone],
                "left": [code for code, is_gone in gone.items() if not is_gone],
            }
        )
        return
    for code, is_gone in gone.items():
        typer.echo(text_of("DOC126" if is_gone else "DOC127", code=code))
    typer.echo(text_of("DOC125", count=count, journal=journal), err=True)


def _print_json(document: dict[str, Any]) -> None:
    text = json.dumps({"schema_version": 1, **document}, indent=2, ensure_ascii=False)
    typer.echo(text)
