"""What each stage has to say in one line, for the terminal and for the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from bringup.base.messages import text_of
from bringup.report import formats
from bringup.report.formats import check_status
from bringup.report.machine_facts import machine_line
from bringup.report.texts import Text, say

Json = Mapping[str, Any]
_MAIN_METRICS: Final = ("accuracy", "r2", "rmse", "pearson", "f1_macro")


def headline(stage: str, evidence: Json) -> str:
    """Return the one line that says what came out of a stage; empty when there is nothing."""
    if evidence.get("status") == "failed":
        return trouble(evidence)
    write = _WRITERS.get(stage)
    return "" if write is None else write(evidence)


def trouble(evidence: Json) -> str:
    """Return in one line why a stage failed: its error, its broken gate or its failed check."""
    error = evidence.get("error")
    if error:
        return str(error.get("text") or error.get("code") or "").splitlines()[0]
    for name, gate in (evidence.get("gates") or {}).items():
        if not gate.get("holds"):
            return gate_trouble(name, gate)
    for check in evidence.get("checks") or ():
        if check_status(check) == "failed":
            return say(Text.CHECK_FAILED, name=check.get("name", ""))
    return ""


def gate_trouble(name: str, gate: Json) -> str:
    """Say that a gate does not hold, and what was measured."""
    value = formats.value_of(gate.get("value"))
    condition = formats.condition_text(name, gate.get("condition", ""))
    shown = {"name": formats.metric_name(name), "condition": condition}
    if value is None:
        return say(Text.GATE_UNMEASURED, **shown)
    return say(Text.GATE_BROKEN, **shown, value=formats.metric_value_text(name, value))


def hint(stage: str, evidence: Json) -> str | None:
    """Return what to do about a failed stage: its error's hint, or how to meet a gate."""
    error = evidence.get("error")
    if error:
        return str(error["hint"]) if error.get("hint") else None
    gates = (evidence.get("gates") or {}).values()
    return (
        say(Text.GATE_HINT, stage=stage) if any(not gate.get("holds") for gate in gates) else None
    )


def main_metric(evidence: Json) -> str | None:
    """Return the name of the metric that an evaluation is known by."""
    metrics = evidence.get("metrics") or {}
    gated = [name for name in evidence.get("gates") or {} if name in metrics]
    known = [name for name in _MAIN_METRICS if name in metrics]
    return next(iter([*known, *gated, *metrics]), None)


def framework_text(evidence: Json) -> str:
    """Return the framework with its version, ``torch 2.13.0+cpu``; empty when there is none."""
    version = (evidence.get("stack") or {}).get("torch")
    return f"torch {version}" if version else ""


def _probe(evidence: Json) -> str:
    machine = evidence.get("machine")
    if machine:
        return machine_line(machine)
    count = formats.value_of((evidence.get("metrics") or {}).get("facts"))
    return "" if count is None else say(Text.FACTS, count=int(count))


def _lock(evidence: Json) -> str:
    count = formats.value_of((evidence.get("metrics") or {}).get("packages"))
    packages = "" if count is None else say(Text.PACKAGES, count=int(count))
    # Framework and packages are those of the first of several targets.
    targets = ", ".join(evidence.get("stacks") or ())
    build = targets or (evidence.get("stack") or {}).get("build")
    return _joined(build, framework_text(evidence), packages)


def _sync(evidence: Json) -> str:
    return _joined(
        *(environment_text(*row) for row in (evidence.get("environments") or {}).items())
    )


def environment_text(name: str, environment: Json) -> str:
    """Say whether an environment was built, and in what time."""
    if not environment.get("built"):
        return say(Text.ENV_THERE, name=name)
    return say(Text.ENV_BUILT, name=name, time=formats.seconds_text(environment.get("seconds")))


def _verify(evidence: Json) -> str:
    checks = evidence.get("checks") or ()
    if not checks:
        return ""
    passed = sum(1 for check in checks if check_status(check) == "ok")
    skipped = sum(1 for check in checks if check_status(check) == "skipped")
    counts = {"passed": passed, "total": len(checks)}
    if skipped:
        return text_of("VER040", **counts, skipped=skipped)
    return say(Text.CHECKS_PASSED, **counts)


def _prepare(evidence: Json) -> str:
    rows = {name: formats.number_text(n) for name, n in (evidence.get("rows") or {}).items()}
    name = dataset_name(evidence)
    if not {"train", "validation", "test"} <= rows.keys():
        return name
    return _joined(name, say(Text.ROWS_SPLIT, **rows))


def dataset_name(evidence: Json) -> str:
    """Return the name of the data set, or of the file that holds the data."""
    return str((evidence.get("dataset") or {}).get("name") or "")


def _train(evidence: Json) -> str:
    metrics = evidence.get("metrics") or {}
    names = ("validation_accuracy", "validation_loss", "accuracy", "loss", "train_loss")
    shown = [_named(name, metrics[name]) for name in names if name in metrics][:2]
    rate = formats.value_of(metrics.get("samples_per_s"))
    if rate is not None:
        shown.append(say(Text.SAMPLES_RATE, rate=f"{rate:,.0f}"))
    if not shown:
        shown = [_named(name, metric) for name, metric in list(metrics.items())[:3]]
    if not shown and evidence.get("outputs"):
        shown = [say(Text.OUTPUTS, count=len(evidence["outputs"]))]
    return _joined(*shown)


def _evaluate(evidence: Json) -> str:
    name = main_metric(evidence)
    if name is None:
        return ""
    gate = (evidence.get("gates") or {}).get(name)
    condition = formats.condition_text(name, gate["condition"]) if gate else ""
    gate_text = say(Text.GATE_LINE, condition=condition) if gate else ""
    return _joined(_named(name, evidence["metrics"][name]), gate_text)


def _export(evidence: Json) -> str:
    metrics = evidence.get("metrics") or {}
    size = formats.value_of(metrics.get("model_bytes"))
    difference = formats.value_of(metrics.get("max_difference"))
    return say(
        Text.EXPORT_HEADLINE,
        size=formats.bytes_text(size),
        difference=formats.number_text(difference),
    )


def _serve(evidence: Json) -> str:
    metrics = evidence.get("metrics") or {}
    rate, p50 = (formats.value_of(metrics.get(name)) for name in ("rows_per_s", "latency_p50_ms"))
    return _joined(
        "" if rate is None else say(Text.ROWS_RATE, rate=f"{rate:,.0f}"),
        "" if p50 is None else f"p50 {formats.metric_value_text('latency_p50_ms', p50)}",
    )


def _named(name: str, metric: Any) -> str:
    return f"{formats.metric_name(name)} {formats.metric_text(name, metric)}"


def _joined(*parts: Any) -> str:
    return " · ".join(str(part) for part in parts if part)


_WRITERS: Final[dict[str, Callable[[Json], str]]] = {
    "probe": _probe,
    "lock": _lock,
    "sync": _sync,
    "verify": _verify,
    "prepare": _prepare,
    "train": _train,
    "evaluate": _evaluate,
    "export": _export,
    "serve": _serve,
}
