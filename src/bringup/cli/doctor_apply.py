"""``bringup doctor --apply`` and ``--undo``: the safe part of the plan, and taking it back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from bringup.base.errors import ExitCode
from bringup.base.messages import text_of
from bringup.cli.doctor import Wish, examined, project_folder

if TYPE_CHECKING:
    from bringup.doctor.plan import Planned


def apply_plan(wish: Wish, *, as_json: bool) -> int:
    """Do the safe steps, ask the facts again, and say which findings are gone."""
    from bringup.doctor.journal import Journal
    from bringup.doctor.plan import plan_of

    plan = plan_of(examined(wish))
    safe = [row for row in plan.steps if row.safe]
    if not safe:
        typer.echo(text_of("DOC128" if plan.steps or plan.words else "DOC120"), err=True)
        return int(ExitCode.FAULT if plan.steps or plan.words else ExitCode.DONE)
    journal = Journal.begin(_journals(wish))
    for planned in safe:
        typer.echo(_said(planned), err=True)
        journal.do(planned)
    after = {row.rule.code for row in examined(wish).findings}
    treated = sorted({code for planned in safe for code in planned.codes})
    gone = {code: code not in after for code in treated}
    _show(gone, journal.folder, len(safe), as_json=as_json)
    return int(ExitCode.DONE if all(gone.values()) else ExitCode.FAULT)


def take_back(wish: Wish) -> int:
    """Take back the last series of steps."""
    from bringup.doctor.journal import Journal

    journal = Journal.last(_journals(wish))
    taken = journal.undo()
    typer.echo(text_of("DOC129", count=len(taken), journal=journal.folder), err=True)
    return int(ExitCode.DONE)


def _journals(wish: Wish) -> Path:
    folder = project_folder(wish)
    if folder is not None:
        return folder.absolute() / ".bringup" / "journal"
    import platformdirs

    return Path(platformdirs.user_state_dir("bringup")) / "journal"


def _said(planned: Planned) -> str:
    from bringup.report.findings import step_line

    return f"{', '.join(planned.codes)}: {step_line(planned)}"


def _show(gone: dict[str, bool], journal: Path, count: int, *, as_json: bool) -> None:
    if as_json:
        document: dict[str, Any] = {
            "schema_version": 1,
            "journal": str(journal),
            "steps": count,
            "gone": [code for code, is_gone in gone.items() if is_gone],
            "left": [code for code, is_gone in gone.items() if not is_gone],
        }
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
        return
    for code, is_gone in gone.items():
        typer.echo(text_of("DOC126" if is_gone else "DOC127", code=code))
    typer.echo(text_of("DOC125", count=count, journal=journal), err=True)
