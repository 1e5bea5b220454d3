"""Write what is generated from the model of bringup.toml: its JSON Schema and its reference page.

Usage: python scripts/write_schema.py [--check]
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from bringup.base.files import write_text
from bringup.project.schema import SCHEMA_FILE, make_schema

PAGE = Path(__file__).parents[1] / "docs/bringup-toml.md"

HEAD = """\
# bringup.toml

One file says what is wanted; bringup brings it up stage by stage.
It stands in the project's folder. The same tables may stand in a `pyproject.toml` instead, as
`[tool.bringup.project]` and so on.

`bringup init` writes a first one. Every mistake in it is shown with its line and a caret,
all at once:

```text
bringup.toml:7:1: unknown key `epoch` in [train]
      7 | epoch = 4
        | ^^^^^
    did you mean `epochs`?
```

Editors complete and check the file with the JSON Schema that ships in the package:
`src/bringup/project/bringup.schema.json`. With Taplo (Even Better TOML), write as the first line
`#:schema <path of bringup.schema.json>`.

The shortest project of a named data set, and the shortest of a script of your own:

```toml
[project]
name = "mnist"

[data]
dataset = "mnist"

[train]
model = "cnn"
```

```toml
[project]
name = "my-script"

[train]
script = "train.py"
outputs = ["model.pt"]
```

`scripts/write_schema.py` writes this page from `src/bringup/project/model.py`: change the texts
there.
"""


def make_page(schema: dict[str, Any]) -> str:
    """Return the reference page: a section with a list of keys for each table."""
    parts = [HEAD]
    for name, table in schema["properties"].items():
        needed = " Required." if name in schema["required"] else ""
        parts.append(f"## [{name}]\n\n{table['description']}{needed}\n")
        rows = ["| key | what | default | meaning |", "| --- | --- | --- | --- |"]
        for key, field in table["properties"].items():
            required = key in table.get("required", ())
            rows.append(
                f"| `{key}` | {_kind(field)} | {_default(field, required)} | {_text(field)} |"
            )
        parts.append("\n".join(rows) + "\n")
        if "gates" in table["properties"]:
            parts.append(_metrics(table["properties"]["gates"]))
    return "\n".join(parts)


def _kind(field: dict[str, Any]) -> str:
    if "enum" in field:
        return ", ".join(f"`{_toml(choice)}`" for choice in field["enum"])
    kind = str(field["type"])
    if kind == "array":
        kind = f"array of {field['items']['type']}s"
    if kind == "object":
        kind = "table"
    bounds = {
        "minimum": ">=", "exclusiveMinimum": ">", "maximum": "<=", "exclusiveMaximum": "<",
    }  # fmt: skip
    ranges = [f"{symbol} {field[name]:.12g}" for name, symbol in bounds.items() if name in field]
    return " ".join([kind, ", ".join(ranges)]).strip()


def _default(field: dict[str, Any], required: bool) -> str:
    if required:
        return "required"
    return f"`{_toml(field['default'])}`" if "default" in field else ""


def _text(field: dict[str, Any]) -> str:
    examples = field.get("examples", [])
    shown = ", ".join(f"`{_toml(example)}`" for example in examples)
    return str(field["description"]) + (f" For example {shown}." if shown else "")


def _metrics(gates: dict[str, Any]) -> str:
    rows = [f"* `{name}`: {field['description']}" for name, field in gates["properties"].items()]
    return "The metrics that a gate can name:\n\n" + "\n".join(rows) + "\n"


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(item)}" for key, item in value.items()) + " }"
    # Strings, numbers, booleans and arrays of them look the same in JSON and in TOML.
    return json.dumps(value, ensure_ascii=False)


def main(arguments: list[str]) -> int:
    """Write both files, or with ``--check`` only say which one is not current."""
    schema = make_schema()
    wanted = {
        SCHEMA_FILE: json.dumps(schema, indent=2, ensure_ascii=False) + "\n",
        PAGE: make_page(schema),
    }
    stale = [path for path, text in wanted.items() if not _holds(path, text)]
    for path in stale:
        print(path)
        if "--check" not in arguments:
            write_text(path, wanted[path])
    return 1 if stale and "--check" in arguments else 0


def _holds(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
