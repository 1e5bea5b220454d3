"""The page: one HTML file that needs nothing else, neither files nor a network."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

import bringup
from bringup.base.files import write_text
from bringup.base.messages import current_language
from bringup.report import formats
from bringup.report.chain import digest_chain
from bringup.report.charts.timeline import Span, timeline
from bringup.report.document import all_gates, failed_stage, is_whole, last_stage
from bringup.report.headlines import gate_trouble, headline, hint, main_metric, trouble
from bringup.report.sections import SECTIONS
from bringup.report.sections.common import gate_rows
from bringup.report.texts import Text, say

Json = Mapping[str, Any]
_TEMPLATES: Final = Path(__file__).parent / "templates"
_NUMBERS: Final = re.compile(r"\[\s+((?:-?[\d.eE+-]+|null)(?:,\s+(?:-?[\d.eE+-]+|null))*)\s+\]")
_TITLES: Final = {
    "probe": (Text.TITLE_PROBE, Text.LEAD_PROBE),
    "lock": (Text.TITLE_LOCK, Text.LEAD_LOCK),
    "sync": (Text.TITLE_SYNC, None),
    "verify": (Text.TITLE_VERIFY, Text.LEAD_VERIFY),
    "prepare": (Text.TITLE_PREPARE, Text.LEAD_PREPARE),
    "train": (Text.TITLE_TRAIN, Text.LEAD_TRAIN),
    "evaluate": (Text.TITLE_EVALUATE, None),
    "export": (Text.TITLE_EXPORT, None),
    "serve": (Text.TITLE_SERVE, Text.LEAD_SERVE),
}


def render_html(document: Json) -> str:
    """Return the page of a document (see ``build_document``), in the current language."""
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            T=Text,
            say=say,
            page=_page(document),
            sections=_sections(document),
            chain=digest_chain(document["stages"]),
            json_text=_json_text(document),
            version=bringup.__version__,
            language="zh-CN" if current_language() == "zh" else "en",
        )
    )


def write_html(document: Json, path: Path) -> Path:
    """Write the page of a document to ``path``, atomically, and return ``path``.

    Raises:
        BringupError: FIL001 to FIL003, it cannot be written.
    """
    write_text(path, render_html(document))
    return path


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _page(document: Json) -> dict[str, Any]:
    project = document["project"].get("project") or document["project"]
    # The report's own time belongs to the pass before this page.
    stages = {name: stage for name, stage in document["stages"].items() if name != "report"}
    failed = failed_stage({"stages": stages})
    gates = all_gates(document)
    started = max((s["started_at"] for s in stages.values() if s.get("started_at")), default="")
    return {
        "name": str(project.get("name", "")),
        "model_version": str(project.get("version", "")),
        "description": str(project.get("description") or ""),
        "seed": project.get("seed"),
        "run": document["run"],
        "date": str(started).replace("T", " ").removesuffix("+00:00"),
        "seconds": formats.seconds_text(document["seconds"]),
        "verdict": _verdict(document, failed),
        "is_good": failed is None,
        "gates": {
            "held": sum(1 for _, _, gate in gates if gate.get("holds")),
            "total": len(gates),
        },
        "trouble": _trouble(failed, stages[failed]) if failed else None,
        "strip": [_strip_cell(name, stage) for name, stage in stages.items()],
        "timeline": _timeline(stages),
        "tiles": _tiles(stages),
    }


def _verdict(document: Json, failed: str | None) -> str:
    if failed is not None:
        return say(Text.HERO_FAILED, stage=failed)
    if is_whole(document):
        return say(Text.HERO_DONE)
    return say(Text.HERO_PART, stage=last_stage(document) or "")


def _trouble(name: str, stage: Json) -> dict[str, Any]:
    """Return the failed stage, all that it says, and what to type next."""
    error = stage.get("error") or {}
    texts = [str(error["text"])] if error.get("text") else []
    if not texts:
        gates = (stage.get("gates") or {}).items()
        texts = [gate_trouble(metric, gate) for metric, gate in gates if not gate.get("holds")]
    return {
        "stage": name,
        "texts": texts or [trouble(stage)],
        "code": error.get("code"),
        "hint": hint(name, stage),
    }


def _strip_cell(name: str, stage: Json) -> dict[str, str]:
    return {
        "name": name,
        "status": _status(stage),
        "time": formats.seconds_text(stage.get("seconds")),
        "headline": headline(name, stage),
    }


def _status(stage: Json) -> str:
    broken = any(not gate.get("holds") for gate in (stage.get("gates") or {}).values())
    return "failed" if broken else str(stage.get("status", "done"))


def _timeline(stages: Mapping[str, Json]) -> Markup:
    spans = [
        Span(name, stage["seconds"], formats.seconds_text(stage["seconds"]), _status(stage))
        for name, stage in stages.items()
        if stage.get("seconds")
    ]
    return timeline(spans, label=say(Text.TIME_PER_STAGE))


def _tiles(stages: Mapping[str, Json]) -> list[dict[str, str]]:
    """Return the few numbers that a reader looks for first."""
    tiles = []
    evaluation = stages.get("evaluate") or {}
    if evaluation and (name := main_metric(evaluation)):
        tiles.append(_tile(name, evaluation["metrics"][name]))
    if (stages.get("train") or {}).get("status") == "done":
        metrics = stages["train"].get("metrics") or {}
        inner = formats.value_of(metrics.get("training_seconds"))
        seconds = formats.seconds_text(inner or stages["train"].get("seconds"))
        rate = formats.value_of(metrics.get("samples_per_s"))
        note = "" if rate is None else say(Text.SAMPLES_RATE, rate=f"{rate:,.0f}")
        tiles.append({"name": say(Text.TRAINING_TIME), "value": seconds, "note": note})
    wanted = (("export", "model_bytes"), ("export", "max_difference"), ("serve", "latency_p50_ms"))
    for stage, name in wanted:
        metrics = (stages.get(stage) or {}).get("metrics") or {}
        if formats.value_of(metrics.get(name)) is not None:
            tiles.append(_tile(name, metrics[name]))
    return tiles


def _tile(name: str, metric: Any) -> dict[str, str]:
    whole = formats.metric_text(name, metric)
    value, bracket, interval = whole.partition(" [")
    return {
        "name": formats.metric_name(name),
        "value": value,
        "note": f"[{interval}" * bool(bracket),
    }


def _sections(document: Json) -> list[dict[str, Any]]:
    return [
        _section(name, stage, document)
        for name, stage in document["stages"].items()
        if name in SECTIONS or (stage.get("status") == "failed" and name in _TITLES)
    ]


def _section(name: str, stage: Json, document: Json) -> dict[str, Any]:
    title, lead = _TITLES[name]
    is_failed = _status(stage) == "failed"
    view = SECTIONS[name](stage, document) if name in SECTIONS else {}
    return {
        "stage": name,
        "title": say(title),
        "lead": view.get("lead") or ("" if lead is None or is_failed else say(lead)),
        "status": _status(stage),
        "time": formats.seconds_text(stage.get("seconds")),
        "because": _because(stage, document["stages"]),
        "gates": gate_rows(stage),
        "trouble": _trouble(name, stage) if is_failed else None,
        "template": f"sections/{name}.html.j2" if name in SECTIONS else None,
        "view": view,
    }


def _because(stage: Json, stages: Mapping[str, Json]) -> list[str]:
    """Return why a stage ran; nothing when all ran for one reason, as on the first pass."""
    reasons = [list(one["because"]) for one in stages.values() if one.get("because")]
    if len(reasons) > 1 and all(one == reasons[0] for one in reasons):
        return []
    return [str(reason) for reason in stage.get("because") or ()]


def _json_text(document: Json) -> str:
    """Return the document to read: pixels left out, lists of numbers on one line each."""
    text = json.dumps(_without_pixels(document), indent=2, ensure_ascii=False)
    return _NUMBERS.sub(lambda match: "[" + " ".join(match[1].split()) + "]", text)


def _without_pixels(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            key: "…" if key in {"pixels", "image"} else _without_pixels(item)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_without_pixels(item) for item in value]
    return value
