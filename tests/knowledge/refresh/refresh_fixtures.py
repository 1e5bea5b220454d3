"""The program as a function, and small rows."""

import datetime
import json
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

from bringup.knowledge.refresh.__main__ import main
from bringup.knowledge.refresh.toml import read_document, write_document

OLD = datetime.date(2026, 1, 2)
PROVENANCE = {"source": "written for a test", "checked": OLD, "confidence": "official"}


@dataclass
class Refresh:
    index: str
    folder: Path
    monkeypatch: object
    capsys: object

    def __call__(self, *arguments):
        self.monkeypatch.setenv("PIP_INDEX_URL", self.index)
        self.capsys.readouterr()
        code = main([*arguments, "--folder", str(self.folder)])
        out, err = self.capsys.readouterr()
        is_json = "--json" in arguments and out
        return SimpleNamespace(
            code=code, out=out, err=err, json=json.loads(out) if is_json else None
        )

    def table(self, name):
        return read_document(self.folder / f"{name}.toml")

    def text(self, name):
        return (self.folder / f"{name}.toml").read_text(encoding="utf-8")

    def write(self, name, document, head="# A table.\n"):
        write_document(self.folder / f"{name}.toml", document, head)


def build(version, name, **columns):
    return {"version": version, "build": name, "status": "stable", **columns, **PROVENANCE}


def texts(outcome):
    return [note.text for note in outcome.differences]
