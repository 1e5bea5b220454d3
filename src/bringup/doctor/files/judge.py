"""Judge files: every rule over every file, as findings with file and line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from bringup.base.messages import text_of
from bringup.doctor.case import Case
from bringup.doctor.codes import FILE_CODES
from bringup.doctor.examine import Examination, Result, Status, reason_of
from bringup.doctor.files.readers import read_source
from bringup.doctor.files.source import Source
from bringup.doctor.registry import Rule, kinds_of, rule, selected
from bringup.doctor.rule import Found


def examine_files(
    paths: Sequence[Path],
    case: Case,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    ignored: Mapping[str, str] | None = None,
) -> Examination:
    """Judge files.

    Args:
        paths: Dockerfiles, compose files, requirements files, devcontainers, notebooks.
        case: the machine, and the project's lock, that they are held against.
        select: codes or their beginnings; all when empty.
        ignore: codes or their beginnings that are left out.
        ignored: code or its beginning -> the reason why the project lives with such findings.

    Raises:
        BringupError: DOC001, a selector fits no code; DOC140 to DOC142, a file cannot be read.
    """
    codes = selected(FILE_CODES, select, ignore)
    results: list[Result] = []
    for path in paths:
        source = read_source(path)
        for code in codes:
            if source.kind in kinds_of(code):
                results += _judged(rule(code), source, case)
    reasons = ignored or {}
    known = (replace(row, ignored=reason_of(row.rule.code, reasons)) for row in results)
    return Examination(case, tuple(known))


def _judged(judge: Rule, source: Source, case: Case) -> list[Result]:
    try:
        found: list[Found] = list(judge.check(source, case))
        results = [
            Result(judge, Status(item.severity.value), item, file=source.path) for item in found
        ]
        for result in results:
            # A text that wants a value the rule did not give is the rule's mistake.
            _ = result.message, result.fix
    except Exception as error:
        reason = text_of("DOC003", error=f"{type(error).__name__}: {error}")
        crashed = Result(judge, Status.SKIPPED, reason=reason, crashed=True)
        return [replace(crashed, file=source.path)]
    return results or [Result(judge, Status.OK, file=source.path)]
