"""What each stage depends on: what changes the outcome is a part, what does not is none."""

import dataclasses
import json
from functools import partial

import pytest

from bringup.base.evidence import STAGES
from bringup.base.messages import choose_language
from bringup.report.document import page_digest
from bringup.stack.lock_file import LockFile, write_lock
from bringup.workflow.stages import ALL_STAGES

SCRIPT = """
[project]
name = "small"

[train]
script = "train.py"
"""


def parts(paper, stage):
    return ALL_STAGES[stage].parts(paper.context)


def changed(paper, stage, change):
    """Return the names of the parts that a change of the project makes another."""
    before = parts(paper, stage)
    change()
    after = parts(paper, stage)
    names = {*before, *after}
    return {name for name in names if before.get(name, "-") != after.get(name, "-")}


def test_the_table_of_stages_is_that_of_the_evidence():
    assert tuple(ALL_STAGES) == STAGES
    assert all(name == stage.NAME for name, stage in ALL_STAGES.items())


def test_all_parts_are_plain_values(paper):
    paper.leave_all()
    for stage in STAGES:
        found = parts(paper, stage)
        assert json.loads(json.dumps(found)) == found, stage


def test_a_script_has_no_stages_of_ours(paper):
    paper.write("train.py", "")
    paper.write("bringup.toml", SCRIPT)
    applying = [name for name, stage in ALL_STAGES.items() if stage.applies(paper.context)]
    assert applying == ["probe", "lock", "sync", "verify", "train", "report"]
    paper.write("bringup.toml", SCRIPT + '[evaluate.gates]\naccuracy = ">= 0.9"\n')
    assert ALL_STAGES["evaluate"].applies(paper.context)


@pytest.mark.parametrize(
    ("line", "stages"),
    [
        ("[train]\nepochs = 3", {"train"}),
        ("[train]\ncheckpoint_every_s = 3.0", set()),
        ("[train]\ntask = 'regression'", {"prepare", "train", "serve"}),
        ("[prepare]\nvalidation = 0.3", {"prepare"}),
        ("[evaluate]\nbootstrap = 10", {"evaluate"}),
        ("[export]\nopset = 18", {"export"}),
        ("[export.gates]\nmax_difference = '<= 1'", {"export", "serve"}),
        ("[serve]\nmax_batch_rows = 3", {"export"}),
        ("[serve]\nport = 1234", set()),
        ("[environment]\nrequirements = ['numpy']", {"lock"}),
        ("[environment]\naccelerator = 'cpu'", {"lock", "verify"}),
        ("[environment]\ntargets = ['cpu', 'cu126']", {"lock"}),
        (f"[environment]\nbase_image = 'python@sha256:{'0' * 64}'", {"lock"}),
        ("[project]\nseed = 3", {"prepare", "train", "evaluate", "export"}),
        ("[project]\ndescription = 'x'", {"export"}),
    ],
)
def test_a_setting_is_a_part_of_the_stages_that_it_changes(paper, line, stages):
    paper.leave_all()
    before = {stage: parts(paper, stage) for stage in STAGES}
    table, _, setting = line.partition("\n")
    if f"{table}\n" in (paper.folder / "bringup.toml").read_text(encoding="utf-8"):
        paper.edit(f"{table}\n", f"{table}\n{setting}\n")
    else:
        paper.edit("[data]", f"{line}\n\n[data]")
    assert {stage for stage in STAGES if parts(paper, stage) != before[stage]} == stages


def test_facts_that_move_from_minute_to_minute_are_no_part(paper):
    paper.facts = {"memory.available_bytes": 1, "disk.free_bytes": 1}
    before = parts(paper, "probe")
    paper.facts = {"memory.available_bytes": 2, "disk.free_bytes": 2}
    assert parts(paper, "probe") == before
    paper.facts["cpu.cores_usable"] = 77
    assert parts(paper, "probe") != before


@pytest.mark.parametrize("stage", ["probe", "lock"])
def test_no_credentials_stand_in_a_key(paper, stage):
    secret = "https://reader:geheim@mirror.example/simple"
    paper.facts = {
        "index.pip.index_url": secret,
        "index.pip.proxy": "reader:geheim@proxy.example:3128",
        "index.settings": {"index": secret, "extra_indexes": [secret], "proxy": secret},
    }
    found = parts(paper, stage)
    assert "geheim" not in json.dumps(found)
    assert "mirror.example" in json.dumps(found)


def test_a_lock_stays_with_new_credentials_and_goes_with_another_index(paper):
    paper.facts = {"index.settings": {"index": "https://me:old@mirror.example/simple"}}
    before = parts(paper, "lock")
    paper.facts = {"index.settings": {"index": "https://me:new@mirror.example/simple"}}
    assert parts(paper, "lock") == before
    paper.facts = {"index.settings": {"index": "https://other.example/simple"}}
    assert parts(paper, "lock") != before


def test_a_lock_depends_on_what_requirements_and_constraints_include(paper):
    paper.edit("[data]", "[environment]\nrequirements_file = 'needs.txt'\n\n[data]")
    paper.write("needs.txt", "-r more/all.txt\nnumpy\n")
    paper.write("more/all.txt", "-c ../needs.txt\n-c limits.txt\n")
    paper.write("more/limits.txt", "numpy<3\n")
    limits = paper.write("outside.txt", "numpy<4\n")
    paper.facts = {"index.settings": {"constraints": [str(limits), "https://x.example/c.txt"]}}
    for name, old in (("more/limits.txt", "<3"), ("outside.txt", "<4")):
        assert changed(paper, "lock", partial(paper.edit, old, "<2", name)) == {name}


def test_only_for_macos_the_version_of_the_system_decides(paper):
    paper.facts = {"os.version": "12"}
    before = parts(paper, "lock")
    paper.facts = {"os.version": "13"}
    assert parts(paper, "lock") == before
    paper.facts = {"os.family": "macos", "os.version": "13"}
    before = parts(paper, "lock")
    paper.facts = {"os.family": "macos", "os.version": "14"}
    assert parts(paper, "lock") != before


def test_targets_that_name_their_build_do_not_ask_for_the_gpus_here(paper):
    def new_gpu(name):
        paper.facts = {"gpu.devices": [{"vendor": "nvidia", "name": name}]}

    assert changed(paper, "lock", partial(new_gpu, "L4")) == {"fact gpu.devices"}
    paper.edit("[data]", "[environment]\ntargets = ['cpu', 'cu126']\n\n[data]")
    assert not changed(paper, "lock", partial(new_gpu, "T4"))
    paper.edit("'cpu', 'cu126'", "'cpu', 'auto'")
    assert changed(paper, "lock", partial(new_gpu, "A100")) == {"fact gpu.devices"}


@pytest.mark.parametrize(
    ("targets", "facts"),
    [
        ("'cu126'", {"fact os.arch", "fact python.interpreters"}),
        ("'cu126@linux-x86_64'", {"fact python.interpreters"}),
        ("'cu126@py3.12'", {"fact os.arch"}),
        ("'cu126@linux-x86_64-py3.12', 'cpu@macos-arm64-py3.12'", set()),
        ("'cu126@linux-x86_64-py3.12', 'cpu'", {"fact os.arch", "fact python.interpreters"}),
    ],
)
def test_what_every_target_says_itself_is_not_asked_of_the_machine(paper, targets, facts):
    paper.edit("[data]", f"[environment]\ntargets = [{targets}]\n\n[data]")

    def another_machine():
        paper.facts = {
            "os.arch": "aarch64",
            "gpu.devices": [{"vendor": "nvidia", "name": "L4"}],
            "python.interpreters": [{"path": "/p", "version": "3.13.1"}],
        }

    assert changed(paper, "lock", another_machine) == facts


def test_the_command_line_stays_asked_for_until_it_asks_again(paper):
    write_lock(paper.folder / "bringup.lock", LockFile((), "w", ("cpu", "cu130")))
    assert parts(paper, "lock")["targets"] == ["cpu", "cu130"]
    asking = dataclasses.replace(paper.context, targets=("auto",))
    assert ALL_STAGES["lock"].parts(asking)["targets"] == ["auto"]
    paper.edit("[data]", "[environment]\ntargets = ['cu126']\n\n[data]")
    assert parts(paper, "lock")["targets"] == ["cu126"]
    paper.write("bringup.lock", "no [toml")
    paper.edit("targets = ['cu126']", "")
    assert parts(paper, "lock")["targets"] == ["auto"]


def test_the_environment_depends_on_the_target_that_fits(paper):
    paper.leave_all()
    before = parts(paper, "sync")
    assert before["target"] == "cpu"
    assert before["python"] == "3.11.9 /home/user/.venv/bin/python"

    def another_system():
        paper.facts = {"os.family": "macos", "libc.family": None}

    names = changed(paper, "sync", another_system)
    assert names == {"refused", "target", "train lock", "serve lock", "python"}
    assert "macos" in parts(paper, "sync")["refused"]


def test_checks_run_again_for_another_driver(paper):
    paper.leave_all()

    def new_driver():
        paper.facts = {"gpu.nvidia_driver": "580.1"}

    assert changed(paper, "verify", new_driver) == {"fact gpu.nvidia_driver"}


def test_training_depends_on_the_modules_that_the_model_imports(paper):
    paper.leave_all()
    found = changed(paper, "train", lambda: paper.write("layers.py", "WIDTH = 3"))
    assert found == {"layers.py"}
    assert changed(paper, "train", lambda: paper.write("other.py", "")) == set()


def test_a_script_outside_of_the_project_is_named_whole(paper):
    script = paper.folder.parent / "train.py"
    script.write_text("")
    paper.write("bringup.toml", SCRIPT.replace("train.py", "../train.py"))
    paper.leave_all()
    assert any(name.endswith("train.py") for name in parts(paper, "train"))


def test_preparing_depends_on_the_bytes_of_the_data(paper):
    paper.leave_all()
    change = changed(paper, "prepare", lambda: paper.write("daten größe.csv", "x,y\n1,3\n"))
    assert change == {"data"}


def test_later_stages_do_not_depend_on_records_of_time(paper):
    paper.leave_all()

    def train_again(**outputs):
        return lambda: paper.leave("train", outputs=outputs)

    later = ("evaluate", "export")
    for stage in later:
        assert not changed(paper, stage, train_again(weights="w", history="other seconds"))
    for stage in later:
        paper.leave("train", outputs={"weights": "w"})
        assert changed(paper, stage, train_again(weights="v")) == {"train/weights"}


def test_the_report_depends_on_all_evidence_and_its_language(paper):
    paper.leave_all()

    def evaluate_again():
        paper.leave("evaluate", outputs={"predictions": "p"}, metrics={"accuracy": {"value": 1}})

    assert changed(paper, "report", evaluate_again) == {"evaluate/evidence"}
    assert parts(paper, "report")["language"] == "en"
    assert changed(paper, "report", lambda: choose_language("zh")) == {"language"}
    assert parts(paper, "report")["code"] == page_digest()
