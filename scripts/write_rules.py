"""Write what is generated from the rules of the doctor: the page with all of them.

Usage: python scripts/write_rules.py [--check]
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from bringup.base.files import write_text
from bringup.base.messages import choose_language
from bringup.doctor.codes import CODES, FILE_CODES, family_of
from bringup.doctor.registry import Rule, kinds_of, rule
from bringup.doctor.show import sentence, worded

PAGE = Path(__file__).parents[1] / "docs/doctor-rules.md"

HEAD = """\
# The rules of `bringup doctor`

Each rule has a code that never changes its meaning. `bringup explain DRV003` shows one of them,
in English or Chinese; `--select` and `--ignore` take a code or the beginning of several.
Words in CAPITALS stand for values of the machine.

`scripts/write_rules.py` writes this page from the rules' docstrings: change the texts there.
"""

FAMILIES = {
    "SYS": "System: libc, disk, memory, limits, clock",
    "CPU": "Processor",
    "DRV": "GPU driver",
    "GPU": "GPU",
    "CUDA": "CUDA toolkit and cuDNN",
    "FRM": "Frameworks and what is built for them",
    "PY": "Python and its environments",
    "NET": "Network: indexes, proxies, certificates, the hub",
    "CTR": "Container engines",
    "JUP": "Jupyter",
    "DST": "Jobs on several machines",
    "SEC": "Security",
    "IMG": "Files: Dockerfiles, compose files, devcontainers",
    "REQ": "Files: packages that are asked for",
    "NBK": "Files: notebooks",
}
_ADDRESS = re.compile(r"(https?://\S+?)([,;.]?)(?=\s|$)")


def make_page() -> str:
    """Return the page: the table of contents by family, then every rule."""
    rules = [rule(code) for code in (*CODES, *FILE_CODES)]
    return "\n".join((HEAD, *_contents(rules), *_sections(rules)))


def _family(family: str, rules: list[Rule]) -> list[Rule]:
    return [row for row in rules if family_of(row.code) == family]


def _contents(rules: list[Rule]) -> Iterator[str]:
    yield f"{len(rules)} rules: {len(CODES)} judge the machine, {len(FILE_CODES)} judge files.\n"
    for family, title in FAMILIES.items():
        yield f"* [{family}](#{family.lower()}): {title}"
        for row in _family(family, rules):
            yield f"  * [{row.code}](#{row.code.lower()}) {_told(row.text.en.title)}"
    yield ""


def _sections(rules: list[Rule]) -> Iterator[str]:
    for family, title in FAMILIES.items():
        # The anchor is the family's code, so that links live when the title changes.
        yield f'<a id="{family.lower()}"></a>\n\n## {title}\n'
        for row in _family(family, rules):
            yield from _section(row)


def _section(row: Rule) -> Iterator[str]:
    text = row.text.en
    yield f'<a id="{row.code.lower()}"></a>\n\n### {row.code} {_told(text.title)}\n'
    yield f"*{row.name}*\n"
    yield f"Says: {_told(worded(text.message))}\n"
    yield f"**What it finds.** {_told(sentence(text.finds))}\n"
    yield f"**Why it matters.** {_told(sentence(text.why))}\n"
    yield f"**Evidence.** {_evidence(row)}\n"
    yield f"**Fix.** {_told(worded(text.fix))}\n"
    yield f"**False alarms.** {_told(sentence(text.false_alarms))}\n"
    if row.follows:
        links = ", ".join(f"[{code}](#{code.lower()})" for code in row.follows)
        yield f"**Folded under** {links}.\n"
    yield "**References.**\n"
    yield "\n".join(f"* {_reference(line)}" for line in row.text.references) + "\n"


def _evidence(row: Rule) -> str:
    if row.code in FILE_CODES:
        kinds = sorted(kind.value for kind in kinds_of(row.code))
        return f"The file that is judged: {', '.join(kinds)}."
    needs = ", ".join(f"`{key}`" for key in row.text.needs)
    helps = ", ".join(f"`{key}`" for key in row.text.helps)
    return f"{needs}; also {helps}." if helps else f"{needs}."


def _reference(line: str) -> str:
    return _told(_ADDRESS.sub(r"<\1>\2", line, count=1), addresses=True)


def _told(text: str, *, addresses: bool = False) -> str:
    """Return words in which `<name>` and `*` are no markup; code in backquotes stays as it is."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(part if part.startswith("`") else _escaped(part, addresses) for part in parts)


def _escaped(text: str, addresses: bool) -> str:
    text = re.sub(r"<(?!https?://)" if addresses else r"<", "&lt;", text)
    # Underscores within a word are no markup on code hosts; those around one are.
    return re.sub(r"(?<!\w)(__?)(?=\w)|\*", lambda found: f"\\{found[0]}", text)


def main(arguments: list[str]) -> int:
    """Write the page, or with ``--check`` only say that it is not current."""
    choose_language("en")
    page = make_page()
    if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == page:
        return 0
    print(PAGE)
    if "--check" in arguments:
        return 1
    write_text(PAGE, page)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
