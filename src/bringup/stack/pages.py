"""The pages of a package index: JSON (PEP 691), HTML (PEP 503), and plain folders of files."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion

from bringup.base.errors import BringupError
from bringup.base.messages import text_of
from bringup.machine.redact import redacted
from bringup.stack.addresses import has_credentials

_FORM: Final = re.compile(rb"<(form|input|script)\b", re.IGNORECASE)
"""What an index's page never has; a page to log in has, or is made by a script."""


@dataclass(frozen=True, slots=True)
class IndexFile:
    """One file that an index offers. ``url`` may hold credentials: show ``redacted(url)``."""

    filename: str
    url: str
    sha256: str | None = None
    size: int | None = None
    """Bytes."""
    requires_python: str | None = None
    yanked: bool = False
    uploaded: date | None = None
    """The day of the upload, None when the index does not say."""

    @property
    def project(self) -> str | None:
        """The normalised name of the project, None when the file is no wheel and no sdist."""
        try:
            if self.filename.endswith(".whl"):
                return parse_wheel_filename(self.filename)[0]
            return parse_sdist_filename(self.filename)[0]
        except (InvalidWheelFilename, InvalidSdistFilename, InvalidVersion):
            # Old wheels with names that no longer pass are still data files for some.
            head = self.filename.partition("-")[0]
            return canonicalize_name(head) if head != self.filename else None


def parse_json(body: bytes, *, base: str) -> list[IndexFile]:
    """Read a PEP 691 page.

    Raises:
        BringupError: STK013, it is not one.
    """
    try:
        rows = json.loads(body)["files"]
        return [_from_json(row, base) for row in rows]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BringupError("STK013", index=redacted(base), kind="JSON") from error


def parse_html(body: bytes, *, base: str) -> list[IndexFile]:
    """Read a PEP 503 page, or any page of links: every link to a wheel or an archive."""
    parser = _Links(base)
    parser.feed(body.decode("utf-8", "replace"))
    return parser.files


def of_project(files: list[IndexFile], project: str, *, place: str) -> list[IndexFile]:
    """Return the files of one project.

    Raises:
        BringupError: STK018, the page has files, all of other projects.
    """
    own = [file for file in files if file.project == project]
    if files and not own:
        found = ", ".join(sorted({file.project or file.filename for file in files})[:3])
        raise BringupError("STK018", place=redacted(place), project=project, found=found)
    return own


def checked_page(
    files: list[IndexFile], body: bytes, *, asked: str, answered: str
) -> list[IndexFile]:
    """Return the files of an HTML page; a page without one may not be an index's at all.

    Raises:
        BringupError: STK013, it is a page to log in, or one on another host.
    """
    if not files:
        if _FORM.search(body):
            raise BringupError("STK013", index=redacted(asked), kind=text_of("IDX031"))
        if urlsplit(answered).hostname != urlsplit(asked).hostname:
            kind = text_of("IDX032", place=redacted(answered))
            raise BringupError("STK013", index=redacted(asked), kind=kind)
    return files


def folder_files(folder: Path) -> list[IndexFile]:
    """Return the wheels and archives that lie in a folder, by name."""
    return [
        IndexFile(path.name, path.as_uri(), size=path.stat().st_size)
        for path in sorted(folder.iterdir())
        if _is_distribution(path.name) and path.is_file()
    ]


def _from_json(row: dict[str, Any], base: str) -> IndexFile:
    return IndexFile(
        filename=str(row["filename"]),
        url=_joined(base, row["url"]),
        sha256=row.get("hashes", {}).get("sha256"),
        size=row.get("size"),
        requires_python=row.get("requires-python"),
        yanked=bool(row.get("yanked", False)),
        uploaded=_day(row.get("upload-time")),
    )


def _day(moment: Any) -> date | None:
    return None if moment is None else date.fromisoformat(str(moment)[:10])


class _Links(HTMLParser):
    def __init__(self, base: str) -> None:
        super().__init__()
        self.base = base
        self.files: list[IndexFile] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        row = dict(attrs)
        href = row.get("href")
        if tag == "base" and href:
            self.base = urljoin(self.base, href)
        if tag != "a" or not href:
            return
        url, fragment = urldefrag(_joined(self.base, href))
        filename = unquote(urlsplit(url).path.rpartition("/")[2])
        if _is_distribution(filename):
            self.files.append(
                IndexFile(
                    filename,
                    url,
                    sha256=fragment[7:] if fragment.startswith("sha256=") else None,
                    requires_python=row.get("data-requires-python"),
                    yanked="data-yanked" in row,
                )
            )


def _joined(base: str, href: str) -> str:
    """Resolve a link; one to the index's own host keeps the index's credentials, as in pip."""
    url = urljoin(base, href)
    if not has_credentials(base) or has_credentials(url):
        return url
    origin, parts = urlsplit(base), urlsplit(url)
    host = origin.netloc.rpartition("@")[2]
    if (origin.scheme, host) != (parts.scheme, parts.netloc):
        return url
    return parts._replace(netloc=origin.netloc).geturl()


def _is_distribution(filename: str) -> bool:
    return filename.endswith((".whl", ".tar.gz", ".zip", ".tar.bz2", ".tgz"))
