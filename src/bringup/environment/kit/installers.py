"""The two programs that install a kit, as they go into it: one file each."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Final

from bringup.base.messages import catalogue
from bringup.environment.kit.archive import Member

_HERE: Final = Path(__file__).parent
_MODULES: Final = ("install_words", "install_checks", "install")
"""Lowest first: each needs only those before it."""
_TEXTS_MARK: Final = "TEXTS: dict[str, dict[str, str]] = {}"
_PYTHON_MARK: Final = "python_wanted=3"
_FIRST_CODE: Final = 101
"""The texts of the family KIT from here on are the installer's."""


def installers(python_minor: str) -> list[Member]:
    """Return install.py and install.sh, with the texts that they say and the Python they want."""
    shell = (_HERE / "install.sh").read_text(encoding="utf-8")
    shell = shell.replace(_PYTHON_MARK, f"python_wanted={python_minor}")
    return [
        Member.of_text("install.py", _program()),
        Member.of_text("install.sh", shell, program=True),
    ]


def _program() -> str:
    sources = {name: (_HERE / f"{name}.py").read_text(encoding="utf-8") for name in _MODULES}
    doc = ast.get_docstring(ast.parse(sources[_MODULES[-1]]), clean=False)
    head = f'"""{doc}"""\n\nfrom __future__ import annotations\n'
    program = head + "".join(_without_joints(source) for source in sources.values())
    texts = {code: row for code, row in catalogue("kit").items() if int(code[3:]) >= _FIRST_CODE}
    return program.replace(_TEXTS_MARK, f"TEXTS = {json.dumps(texts, indent=1)}")


def _without_joints(source: str) -> str:
    """Return a module without what only joins it to others: its docstring, our own imports."""
    lines = source.splitlines(keepends=True)
    tree = ast.parse(source)
    left_out = [node for node in tree.body[:1] if isinstance(node, ast.Expr)]
    for node in tree.body:
        ours = isinstance(node, ast.ImportFrom) and str(node.module).startswith(
            ("bringup.", "__future__")
        )
        if ours:
            left_out.append(node)  # type: ignore[arg-type]
    for node in left_out:
        for number in range(node.lineno - 1, node.end_lineno or node.lineno):
            lines[number] = ""
    return "".join(lines)
