"""The verify stage on replayed machines: environments whose Pythons say what real ones said."""

import json
import sys
from pathlib import Path

import pytest
from packaging.version import Version

from bringup.base.events import EventWriter
from bringup.environment.observations import read_observations
from bringup.environment.table_faults import observed_table
from bringup.environment.verify import CHECKS_FOLDER
from bringup.knowledge.frameworks import framework_table
from bringup.stack.fit import fit_of
from bringup.workflow.context import StageFolder
from bringup.workflow.stages import lock, verify

NO_KERNEL = "AcceleratorError: CUDA error: no kernel image is available for execution on the device"
V100 = {"vendor": "nvidia", "name": "Tesla V100", "compute_capability": "7.0"}
REPLAY = """#!{python}
import json, sys
spec = json.loads(sys.argv[-1])
for name in spec["checks"]:
    row = {{"name": name, "status": "ok", "seconds": 0.1, "detail": "well"}}
    row |= {outcomes!r}.get(name, {{}})
    print("\\x1ebringup " + json.dumps(row), flush=True)
"""


class Heard:
    def __init__(self):
        self.events = []

    def event(self, event):
        self.events.append(event)


@pytest.fixture
def replay(paper, tmp_path):
    """Run the stage for torch on a V100; its checks end as told, well where nothing is said."""

    def run(build, outcomes, driver="580.65.06"):
        paper.facts = {"gpu.devices": [V100], "gpu.nvidia_driver": driver}
        file = f"pylock.{build}.toml"
        packages = {file: {"torch": f"2.11.0+{build}"}}
        paper.leave("lock", outputs={file: "t"}, packages=packages)
        python = paper.write(
            "env/bin/python", REPLAY.format(python=sys.executable, outcomes=outcomes)
        )
        python.chmod(0o755)
        row = {"folder": str(python.parents[1]), "python": str(python)}
        target = {"build": build, "requested": "auto", "locks": {"train": {"file": file}}}
        paper.leave("sync", outputs={"train": "m"}, environments={"train": row}, target=target)
        work = tmp_path / "verify"
        work.mkdir(exist_ok=True)
        writer, heard = EventWriter(work / "events.jsonl", "verify"), Heard()
        try:
            outcome = verify.run(paper.context, StageFolder(work, writer, heard))
        finally:
            writer.close()
        return outcome, heard.events

    return run


def on_gpu(**row):
    kinds = ("allocation", "matmul", "convolution", "backward", "bfloat16", "float16", "compile")
    return {f"torch.{kind}:cuda:0": row for kind in kinds}


def test_a_build_that_fails_against_the_tables_is_a_table_fault(replay, paper):
    outcome, _ = replay("cu126", on_gpu(status="failed", detail=NO_KERNEL))
    (fault,) = outcome.details["table_faults"]
    assert (fault["table_says"], fault["build"]) == ("works", "cu126")
    assert NO_KERNEL in fault["observed"]
    assert outcome.fault.code == "VER020"
    assert "Tesla V100" in str(outcome.fault)
    assert "bringup lock" in outcome.fault.hint
    report = Path(outcome.fault.params["report"]).read_text(encoding="utf-8")
    assert "table fault" in report
    assert NO_KERNEL in report
    (row,) = read_observations(paper.context.state_folder)
    assert (row.device, row.works) == ("Tesla V100", False)


def test_the_next_lock_knows_what_was_observed(replay, paper):
    paper.facts = {"gpu.devices": [V100], "gpu.nvidia_driver": "580.65.06"}
    before = lock.parts(paper.context)
    assert "observed" not in before
    replay("cu126", on_gpu(status="failed", detail=NO_KERNEL))
    after = lock.parts(paper.context)
    assert {name for name in after if after[name] != before.get(name)} == {"observed"}
    machine, state_folder = paper.context.machine, paper.context.state_folder
    version = Version("2.11.0")
    assert fit_of(machine, version, "cu126", framework_table()).served
    assert not fit_of(machine, version, "cu126", observed_table(machine, state_folder)).served
    # A newer driver is another matter, and asks again.
    paper.facts["gpu.nvidia_driver"] = "590.10"
    assert "observed" not in lock.parts(paper.context)


def test_a_build_that_fails_as_the_tables_say_is_a_failure_and_no_fault(replay):
    outcome, _ = replay("cu128", on_gpu(status="failed", detail=NO_KERNEL))
    assert outcome.details["table_faults"] == []
    assert outcome.fault.code == "VER001"


def test_a_build_that_works_against_the_tables_passes_and_is_told(replay):
    outcome, events = replay("cu128", {})
    assert outcome.fault is None
    (fault,) = outcome.details["table_faults"]
    assert fault["observed"] == "works"
    (note,) = [event for event in events if event["kind"] == "note"]
    assert note["code"] == "VER021"
    assert Path(note["params"]["report"]).exists()


def test_skipped_checks_are_counted_apart(replay):
    skipped = {"status": "skipped", "skipped": {"code": "VER033", "params": {}}}
    skipped["skipped"]["params"] = {"type": "bfloat16", "capability": "7.0"}
    outcome, _ = replay("cu126", {"torch.bfloat16:cuda:0": skipped})
    counts = {name: metric["value"] for name, metric in outcome.metrics.items()}
    assert counts["skipped"] == 1
    assert counts["passed"] == counts["checks"] - 1
    (row,) = [row for row in outcome.details["checks"] if row["status"] == "skipped"]
    assert row["name"] == "train/torch.bfloat16:cuda:0"
    assert row["detail"] == "compute capability 7.0 has no bfloat16"
    assert row["ok"] is False


def test_progress_says_how_many_of_how_many(replay):
    outcome, events = replay("cu126", {})
    checks = [event for event in events if event["kind"] == "check"]
    assert [event["done"] for event in checks] == list(range(1, len(checks) + 1))
    assert {event["total"] for event in checks} == {len(outcome.details["checks"])}


def test_an_error_in_json_holds_all_checks_of_all_environments(replay):
    outcome, _ = replay("cu126", {"torch.workers": {"status": "failed", "detail": "killed"}})
    document = json.loads(json.dumps(outcome.fault.to_json()))
    assert document["code"] == "VER004"
    assert [row["name"] for row in document["checks"]] == [
        row["name"] for row in outcome.details["checks"]
    ]
    assert all(row["name"].startswith("train/") for row in document["checks"])


def test_the_code_of_the_checks_is_a_part(paper):
    paper.leave_all()
    assert CHECKS_FOLDER.is_dir()
    assert verify.parts(paper.context)["code"].startswith("sha256:")
