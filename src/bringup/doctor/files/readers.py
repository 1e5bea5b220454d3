"""Compose files, requirements files, devcontainers and notebooks, read for the rules."""

from __future__ import annotations

import codecs
import json
import re
from pathlib import Path
from typing import Any, Final

from bringup.base.errors import BringupError
from bringup.doctor.files.dockerfile import read_dockerfile
from bringup.doctor.files.shell import installs_in
from bringup.doctor.files.source import Command, Image, Install, Kind, Source, Variable, Wanted

_LIMIT_BYTES: Final = 16 << 20
_COMMENT: Final = re.compile(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
_TRAILING: Final = re.compile(r'("(?:\\.|[^"\\])*")|,(?=\s*[}\]])', re.DOTALL)
_LINE_KEY: Final = "__line__"
_NAMES: Final = (
    (r"\.ipynb$", Kind.NOTEBOOK),
    (r"devcontainer.*\.json$", Kind.DEVCONTAINER),
    (r"(^|\.)(dockerfile|containerfile)($|[.\-_])", Kind.DOCKERFILE),
    (r"\.(txt|in)$", Kind.REQUIREMENTS),
)


def read_source(path: Path) -> Source:
    """Read a file of a known kind.

    Raises:
        BringupError: DOC140, there is no such file or it cannot be read; DOC141, its kind is not
            known; DOC142, it is not of its kind's form.
    """
    try:
        if path.stat().st_size > _LIMIT_BYTES:
            raise BringupError("DOC142", path=path, reason="more than 16 MiB")
        text = _text(path.read_bytes())
    except OSError as error:
        raise BringupError("DOC140", path=path, reason=error.strerror or error) from error
    if "\0" in text:
        raise BringupError("DOC142", path=path, reason="it is binary")
    kind = kind_of(path, text)
    if kind is None:
        raise BringupError("DOC141", path=path)
    reader = {
        Kind.DOCKERFILE: read_dockerfile,
        Kind.COMPOSE: _compose,
        Kind.REQUIREMENTS: _requirements,
        Kind.DEVCONTAINER: _devcontainer,
        Kind.NOTEBOOK: _notebook,
    }[kind]
    try:
        return reader(str(path), text)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BringupError("DOC142", path=path, reason=reason) from error


def _text(data: bytes) -> str:
    """Return a file's text: UTF-8, or UTF-16, which `>` of Windows PowerShell 5 writes."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace").replace("\r\n", "\n")
    text = data.decode("utf-8-sig", errors="replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def kind_of(path: Path, text: str) -> Kind | None:
    """Tell a file's kind by its name, then by what it begins with."""
    name = path.name.lower()
    for form, kind in _NAMES:
        if re.search(form, name):
            return kind
    if name.endswith((".yml", ".yaml")):
        return Kind.COMPOSE if re.search(r"^services\s*:", text, re.MULTILINE) else None
    if re.search(r"^\s*FROM\s+\S+", text, re.MULTILINE) and re.search(
        r"^\s*(RUN|CMD|COPY|ENTRYPOINT)\s", text, re.MULTILINE
    ):
        return Kind.DOCKERFILE
    return None


def _compose(path: str, text: str) -> Source:
    import yaml

    class Lines(yaml.SafeLoader):  # type: ignore[misc]
        """Keeps the line of each mapping."""

    def mapping(loader: Any, node: Any) -> dict[Any, Any]:
        loader.flatten_mapping(node)
        row = yaml.SafeLoader.construct_mapping(loader, node, deep=True)
        return {**row, _LINE_KEY: node.start_mark.line + 1}

    Lines.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, mapping)
    try:
        document = yaml.load(text, Loader=Lines)
    except yaml.YAMLError as error:
        raise ValueError(str(error).replace("\n", " ")) from error
    source = Source(path, Kind.COMPOSE, text)
    for name, service in dict(document["services"]).items():
        if name != _LINE_KEY and isinstance(service, dict):
            _service(str(name), service, source)
    return source


def _service(name: str, service: dict[str, Any], source: Source) -> None:
    line = int(service.get(_LINE_KEY, 1)) - 1
    source.services.append({"name": name, "line": line, **service})
    if image := service.get("image"):
        source.images.append(Image(_line_of(source.text, str(image), line), str(image)))
    for key in ("command", "entrypoint"):
        value = service.get(key)
        if value:
            words = " ".join(map(str, value)) if isinstance(value, list) else str(value)
            at = _line_of(source.text, f"{key}:", line)
            source.commands.append(Command(at, words, "start"))
            source.installs += installs_in(words, at)
    environment = service.get("environment") or {}
    rows = (
        [str(row).partition("=")[::2] for row in environment]
        if isinstance(environment, list)
        else [(str(key), str(value)) for key, value in environment.items() if key != _LINE_KEY]
    )
    for key, value in rows:
        at = _line_of(source.text, key, line)
        source.variables.append(Variable(at, key, value, "environment"))
    if user := service.get("user"):
        source.users.append(Variable(line, str(user).split(":")[0], str(user), "user"))


def _line_of(text: str, part: str, after: int) -> int:
    """Return the number of the first line from ``after`` on that holds ``part``."""
    for number, line in enumerate(text.splitlines(), start=1):
        if number >= after and part in line:
            return number
    return max(after, 1)


def _requirements(path: str, text: str) -> Source:
    source = Source(path, Kind.REQUIREMENTS, text)
    wanted: list[Wanted] = []
    options: list[str] = []
    files: list[str] = []
    rest, start = "", 0
    for number, raw in enumerate(text.splitlines(), start=1):
        line = re.sub(r"(^|\s)#.*$", "", raw).strip()
        start = start if rest else number
        rest += line.removesuffix("\\")
        if line.endswith("\\"):
            continue
        row, rest = rest.strip(), ""
        if row.startswith("-"):
            name, _, value = row.replace("=", " ", 1).partition(" ")
            options += [name, value.strip()]
            files += [value.strip()] if name in {"-r", "--requirement"} else []
        elif row:
            bare = re.split(r"\s--hash\b", row)[0].strip()
            wanted.append(Wanted(start, bare))
    source.installs.append(Install(1, tuple(wanted), tuple(options), tuple(files), "file"))
    return source


def _devcontainer(path: str, text: str) -> Source:
    plain = _TRAILING.sub(lambda m: m[1] or "", _COMMENT.sub(lambda m: m[1] or "", text))
    document = json.loads(plain)
    source = Source(path, Kind.DEVCONTAINER, text, settings=dict(document))
    if image := document.get("image"):
        source.images.append(Image(_line_of(text, str(image), 1), str(image)))
    for key in ("onCreateCommand", "updateContentCommand", "postCreateCommand", "postStartCommand"):
        value = document.get(key)
        parts = value.values() if isinstance(value, dict) else [value] if value else []
        for part in parts:
            words = " ".join(map(str, part)) if isinstance(part, list) else str(part)
            at = _line_of(text, f'"{key}"', 1)
            source.commands.append(Command(at, words, "create"))
            source.installs += installs_in(words, at)
    for key in ("containerEnv", "remoteEnv"):
        for name, value in dict(document.get(key) or {}).items():
            at = _line_of(text, f'"{name}"', 1)
            source.variables.append(Variable(at, str(name), str(value), key))
    for key in ("remoteUser", "containerUser"):
        if user := document.get(key):
            source.users.append(Variable(_line_of(text, f'"{key}"', 1), str(user), str(user), key))
    return source


def _notebook(path: str, text: str) -> Source:
    document = json.loads(text)
    source = Source(path, Kind.NOTEBOOK, text, settings=dict(document.get("metadata") or {}))
    at = 1
    for cell in document["cells"]:
        code = _joined(cell.get("source"))
        first = code.splitlines()[0] if code else ""
        at = _line_of(text, json.dumps(first)[1:-1], at) if first else at
        if cell.get("cell_type") == "code":
            for offset, line in enumerate(code.splitlines()):
                source.commands.append(Command(at + offset, line, "cell"))
                source.installs += installs_in(line, at + offset)
            for output in cell.get("outputs") or ():
                shown = _joined(output.get("text")) or _joined(
                    (output.get("data") or {}).get("text/plain")
                )
                source.outputs.append(Command(at, shown, "output"))
    return source


def _joined(value: Any) -> str:
    return "".join(map(str, value)) if isinstance(value, list) else str(value or "")
