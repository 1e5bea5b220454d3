"""The doctor as people call it: forms, choices, exit codes, files; see test_doctor_apply.py."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bringup.base.messages import choose_language
from bringup.cli.main import main

MACHINES = Path(__file__).parents[1] / "machines"
SICK = {
    "os.family": "linux",
    "os.name": "Debian of gpu-node",
    "driver.module_version": "535.183.01",
    "driver.library_version": "535.216.01",
    "network.hostname": "gpu-node",
    "variables.set": [{"name": "HOME", "value": "/home/dev"}, {"name": "USER", "value": "dev"}],
    "env.packages": [
        {"name": name, "version": version}
        for name, version in {
            "numpy": "1.26.4",
            "pillow": "10.0",
            "torch": "2.4.1",
            "torchvision": "0.18.0",
            "torch-geometric": "2.5",
        }.items()
    ],
    "jupyter.kernelspecs": [
        {
            "name": "old",
            "path": "/home/dev/.local/share/jupyter/kernels/old",
            "program": "/home/dev/gone/bin/python",
            "exists": False,
            "language": "python",
        }
    ],
}
FINDING = {
    "code", "name", "status", "title", "message", "why", "evidence", "fix", "steps",
    "false_alarms", "references", "follows",
}  # fmt: skip
DOCKERFILE = """\
FROM tensorflow/tensorflow:latest
RUN pip install tensorflow-gpu keras-tensorflow
CMD jupyter lab --allow-root --ip=0.0.0.0 --NotebookApp.token=''
"""


@pytest.fixture(autouse=True)
def quiet_place(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BRINGUP_LANG", "en")
    monkeypatch.setenv("NO_COLOR", "1")
    yield
    choose_language("en")


@pytest.fixture
def sick(tmp_path):
    return saved(tmp_path / "sick.json", SICK)


@pytest.fixture
def doctor(capsys):
    def call(*arguments, code=0, before=()):
        assert main([*before, "doctor", *map(str, arguments)]) == code, capsys.readouterr()
        return capsys.readouterr()

    return call


def saved(path, facts):
    path.write_text(json.dumps(facts))
    return path


def project(folder, rest=""):
    (folder / "train.py").write_text("")
    text = f'[project]\nname = "x"\n[train]\nscript = "train.py"\n{rest}'
    (folder / "bringup.toml").write_text(text)
    return folder


def codes(document, part="findings"):
    return {row["code"] for row in document[part]}


def test_text_tells_the_finding_what_shows_it_the_fix_and_the_counts(doctor, sick):
    said = doctor("--machine", sick, code=1)
    assert "error DRV003 " in said.out
    assert "  Shown by:\n    driver.module_version = 535.183.01  " in said.out
    assert "  Fix: reboot." in said.out
    assert "`bringup explain DRV003`" in said.out
    assert "\nerrors: " in said.out
    assert "--fix" in said.err
    assert "\x1b" not in said.out


def test_of_a_long_list_only_the_rows_that_matter_are_shown(doctor, sick):
    said = doctor("--machine", sick, "--select", "FRM002", code=1).out
    (line,) = [line for line in said.splitlines() if "env.packages" in line]
    assert "name=torch version=2.4.1; name=torchvision version=0.18.0 (rows left out: 3)" in line
    document = json.loads(doctor("--machine", sick, "--select", "FRM002", "--json", code=1).out)
    (item,) = [row for row in document["findings"][0]["evidence"] if row["fact"] == "env.packages"]
    assert [row["name"] for row in item["value"]] == ["torch", "torchvision"]
    assert item["left_out"] == 3


def test_json_has_the_same_keys_whatever_is_found(doctor, sick, tmp_path):
    well = saved(tmp_path / "well.json", {"os.family": "linux"})
    found = json.loads(doctor("--machine", sick, "--json", code=1).out)
    nothing = json.loads(doctor("--machine", well, "--format", "json").out)
    keys = {"schema_version", "summary", "findings", "ignored", "skipped", "ok", "machine"}
    assert set(found) == set(nothing) == keys
    assert set(found["summary"]) == {"ok", "warning", "error", "skipped", "ignored"}
    assert {"DRV003", "FRM002", "JUP001"} <= codes(found)
    for row in found["findings"]:
        assert set(row) == FINDING
        for item in row["evidence"]:
            assert set(item) == {"fact", "value", "source", "left_out"}
    for row in found["skipped"]:
        assert set(row) == {"code", "name", "reason", "crashed"}
        assert row["reason"]
        assert not row["crashed"]
    assert nothing["findings"] == []


def test_sarif_is_what_code_hosts_read(doctor, sick, tmp_path):
    log = json.loads(doctor("--machine", sick, "--format", "sarif", code=1).out)
    assert check_sarif(log) >= {"DRV003", "FRM002"}
    (tmp_path / "a b").mkdir()
    file = tmp_path / "a b" / "Dockerfile"
    file.write_text(DOCKERFILE)
    log = json.loads(doctor("a b/Dockerfile", "--format", "sarif", code=1).out)
    assert check_sarif(log) >= {"IMG001", "REQ001"}
    places = [row["locations"][0]["physicalLocation"] for row in log["runs"][0]["results"]]
    assert {row["artifactLocation"]["uri"] for row in places} == {"a%20b/Dockerfile"}
    assert {row["region"]["startLine"] for row in places} <= {1, 2, 3}
    log = json.loads(doctor(file, "--format", "sarif", code=1).out)
    (place,) = {
        row["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        for row in log["runs"][0]["results"]
    }
    assert place == file.as_uri()


def check_sarif(log):
    """Check what SARIF 2.1.0 demands of the parts that are used; return the codes."""
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-2.1.0.json")
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert len({row["id"] for row in rules}) == len(rules)
    for row in rules:
        for part in ("shortDescription", "fullDescription", "help"):
            assert row[part]["text"].strip()
            assert not re.search(r"\{\w+\}", row[part]["text"]), row[part]
        assert re.fullmatch(r"https?://\S+[^\s,;.]", row["helpUri"])
    for row in run["results"]:
        assert rules[row["ruleIndex"]]["id"] == row["ruleId"]
        assert row["level"] in {"error", "warning"}
        assert row["message"]["text"].strip()
        (location,) = row["locations"]
        assert location["physicalLocation"]["artifactLocation"]["uri"]
        for fact in location.get("logicalLocations", ()):
            assert fact["fullyQualifiedName"]
    assert all(row["executionSuccessful"] for row in run["invocations"])
    return {row["ruleId"] for row in run["results"]}


def test_markdown_can_be_pasted(doctor, sick):
    text = doctor("--machine", sick, "--format", "markdown", code=1).out
    assert text.startswith("## bringup doctor ")
    assert "### error DRV003: " in text
    assert "- `driver.module_version = 535.183.01` (" in text
    assert "| os.name | Debian of gpu-node |" in text
    assert text.count("<details>") == text.count("</details>") == 1


def test_markdown_without_main_facts_has_no_empty_table(doctor, tmp_path):
    facts = {"driver.module_version": "1.1", "driver.library_version": "1.2"}
    path = saved(tmp_path / "m.json", facts)
    text = doctor("--machine", path, "--select", "DRV003", "--format", "markdown", code=1).out
    assert "<details>" not in text


@pytest.mark.parametrize(
    "form",
    [
        ["--json"],
        ["--format", "markdown"],
        ["--format", "sarif"],
        [],
        ["--fix"],
        ["--fix", "--json"],
    ],
)
def test_redacted_reports_name_neither_host_nor_user(doctor, sick, form):
    code = 0 if "--fix" in form else 1
    plain = doctor("--machine", sick, *form, code=code).out
    assert "/home/dev" in plain
    text = doctor("--machine", sick, "--redact", *form, code=code).out
    assert "gpu-node" not in text
    assert "/home/dev" not in text
    assert "~/" in text


def test_redaction_leaves_words_alone_that_only_look_like_names(doctor, tmp_path):
    """The user is called dev, the host gpu: /dev/shm and the rules' own words stay."""
    facts = {
        **SICK,
        "network.hostname": "gpu",
        "env.packages": [],
    }
    path = saved(tmp_path / "m.json", facts)
    plain = json.loads(doctor("--machine", path, "--json", code=1).out)
    hidden = json.loads(doctor("--machine", path, "--json", "--redact", code=1).out)
    for before, after in zip(plain["findings"], hidden["findings"], strict=True):
        for key in ("code", "name", "title", "why", "false_alarms", "references"):
            assert before[key] == after[key]
    assert hidden["machine"]["os.name"] == "Debian of gpu-node"


def test_selectors_are_repeated_or_stand_with_commas(doctor, sick):
    def found(*arguments):
        document = json.loads(doctor("--machine", sick, "--json", *arguments, code=1).out)
        return codes(document), len(document["findings"] + document["skipped"] + document["ok"])

    assert found("--select", "DRV003,JUP001") == ({"DRV003", "JUP001"}, 2)
    assert found("--select", "drv003", "--select", "JUP001") == ({"DRV003", "JUP001"}, 2)
    assert found("--select", "DRV, JUP,FRM", "--ignore", "FRM,JUP")[0] == {"DRV003"}


def test_from_which_severity_on_it_fails(doctor, tmp_path):
    error = saved(tmp_path / "e.json", {k: v for k, v in SICK.items() if k.startswith("driver.")})
    kernels = [*SICK["jupyter.kernelspecs"], {"name": "new", "exists": True, "language": "python"}]
    warning = saved(tmp_path / "w.json", {"jupyter.kernelspecs": kernels})
    for path, select, severity, code in (
        (error, "DRV003", "error", 1),
        (error, "DRV003", "warning", 1),
        (error, "DRV003", "never", 0),
        (warning, "JUP001", "error", 0),
        (warning, "JUP001", "warning", 1),
        (warning, "JUP001", "never", 0),
    ):
        call = ("--machine", path, "--select", select, "--fail-on", severity)
        assert select in doctor(*call, code=code).out


def test_all_tells_what_is_well_and_what_was_not_judged_and_why(doctor, sick):
    short = doctor("--machine", sick, code=1).out
    full = doctor("--machine", sick, "--all", code=1).out
    assert "Not judged:" not in short
    assert "Not judged:" in full
    assert re.search(r"^  SYS001 glibc_too_old: \S", full, re.MULTILINE)
    assert re.search(r"^well: .*[A-Z]+\d{3}", full, re.MULTILINE)


def test_list_names_every_rule_those_over_files_too(doctor):
    lines = doctor("--list").out.splitlines()
    listed = json.loads(doctor("--list", "--json").out)["rules"]
    assert len(lines) == len(listed) > 150
    assert {"SYS001", "IMG001", "REQ001", "NBK001"} <= {row["code"] for row in listed}
    assert all(row["title"].endswith(".") for row in listed)
    assert len(doctor("--list", "--select", "NBK").out.splitlines()) == 3


@pytest.mark.parametrize("path", sorted(MACHINES.glob("*.json")), ids=lambda path: path.stem)
def test_saved_machines_are_judged_and_no_rule_fails_by_itself(doctor, path):
    document = json.loads(doctor("--machine", path, "--json", "--fail-on", "never").out)
    assert not [row for row in document["skipped"] if row["crashed"]]
    assert document["ok"]


def test_this_machine_is_judged_without_a_network(doctor):
    document = json.loads(doctor("--offline", "--json", "--fail-on", "never").out)
    assert not [row for row in document["skipped"] if row["crashed"]]
    assert len(document["ok"]) > 10
    (row,) = [row for row in document["skipped"] if row["code"] == "NET001"]
    assert "network" in row["reason"]


def test_nodes_of_one_job_are_held_against_each_other(doctor, tmp_path):
    def node(name, version):
        packages = [{"name": "torch", "version": version}]
        facts = {"os.family": "linux", "env.packages": packages, "gpu.devices": []}
        return saved(tmp_path / f"{name}.json", facts)

    one, other = node("one", "2.4.1"), node("two", "2.5.1")
    alone = json.loads(doctor("--machine", one, "--select", "DST005", "--json").out)
    assert "--peer" in alone["skipped"][0]["reason"]
    call = ("--machine", one, "--select", "DST005", "--fail-on", "warning")
    said = doctor(*call, "--peer", other, code=1).out
    assert "2.5.1" in said
    assert "DST005" not in doctor(*call, "--peer", one).out


def test_what_the_project_lives_with_is_told_and_does_not_count(doctor, sick, tmp_path):
    project(tmp_path, '[doctor]\nignore = [{ code = "DRV003", reason = "rebooted at night" }]\n')
    call = ("--machine", sick, "--select", "DRV003")
    said = doctor(*call)
    assert "DRV003" in said.out
    assert "(rebooted at night)" in said.out
    assert "errors: 0" in said.out
    document = json.loads(doctor(*call, "--json").out)
    assert document["findings"] == []
    assert document["summary"]["ignored"] == 1
    assert document["ignored"][0]["reason"] == "rebooted at night"
    (run,) = json.loads(doctor(*call, "--format", "sarif").out)["runs"]
    assert run["results"][0]["suppressions"][0]["justification"] == "rebooted at night"
    assert "rebooted at night" in doctor(*call, "--format", "markdown").out
    assert "nothing to fix" in doctor(*call, "--fix").out


def test_what_the_project_lives_with_counts_for_files_too(doctor, tmp_path):
    project(tmp_path, '[doctor]\nignore = [{ code = "IMG001", reason = "built every night" }]\n')
    (tmp_path / "Dockerfile").write_text("FROM ubuntu:latest\n")
    said = doctor("Dockerfile", "--select", "IMG001", "--fail-on", "warning").out
    assert "(built every night)" in said


def test_an_ignored_code_that_does_not_exist_is_no_silent_mistake(doctor, sick, tmp_path):
    project(tmp_path, '[doctor]\nignore = [{ code = "DRV999", reason = "no such rule" }]\n')
    assert "DRV999" in doctor("--machine", sick, code=1).err


@pytest.mark.parametrize("option", ["--select", "--ignore"])
def test_a_wrong_code_names_the_nearest(doctor, sick, option):
    said = doctor("--machine", sick, option, "DVR003", code=1)
    assert said.out == ""
    assert "`DVR003`" in said.err
    assert "`DRV003`" in said.err


def test_rules_over_files_want_a_file_and_rules_over_machines_none(doctor, sick, tmp_path):
    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    assert "name one" in doctor("--machine", sick, "--select", "IMG", code=2).err
    assert "leave the files out" in doctor("Dockerfile", "--select", "DRV", code=2).err
    doctor("Dockerfile", "--select", "DRV,IMG", "--fail-on", "never")


@pytest.mark.parametrize("option", ["--apply", "--undo"])
def test_a_saved_machine_is_not_changed(doctor, sick, option):
    assert "leave out --machine" in doctor("--machine", sick, option, code=2).err


def test_the_dockerfile_of_a_tutorial(doctor, tmp_path):
    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    document = json.loads(doctor("Dockerfile", "--json", code=1).out)
    assert codes(document) >= {"IMG001", "IMG002", "IMG007", "REQ001", "REQ002"}
    assert {(row["file"], type(row["line"])) for row in document["findings"]} == {
        ("Dockerfile", int)
    }
    assert "\nDockerfile:1: " in doctor("Dockerfile", code=1).out


def test_several_files_at_once(doctor, tmp_path):
    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    (tmp_path / "requirements.txt").write_text("tensorflow-gpu==2.4\n")
    document = json.loads(doctor("Dockerfile", "requirements.txt", "--json", code=1).out)
    assert {row["file"] for row in document["findings"]} == {"Dockerfile", "requirements.txt"}


def test_requirements_that_powershell_wrote(doctor, tmp_path):
    (tmp_path / "requirements.txt").write_text("tensorflow-gpu==2.4\r\n", encoding="utf-16")
    assert "REQ001" in doctor("requirements.txt", code=1).out


def bad_files(folder):
    (folder / "folder.txt").mkdir()
    (folder / "binary.txt").write_bytes(bytes(range(256)) * 9)
    (folder / "broken.ipynb").write_text("{")
    (folder / "list.ipynb").write_text("[1, 2]")
    (folder / "broken.yaml").write_text("services:\n  a: [\n")
    (folder / "other.yaml").write_text("a: 1\n")
    (folder / "hello.xyz").write_text("hello\n")
    (folder / "deep.ipynb").write_text("[" * 100_000)
    (folder / "loop.txt").symlink_to("loop.txt")


@pytest.mark.parametrize(
    "name",
    [
        "missing/Dockerfile", "folder.txt", "binary.txt", "broken.ipynb", "list.ipynb",
        "broken.yaml", "other.yaml", "hello.xyz", "deep.ipynb", "loop.txt",
    ],
)  # fmt: skip
def test_a_bad_file_is_a_fault_with_a_hint(doctor, tmp_path, name):
    bad_files(tmp_path)
    said = doctor(name, code=1)
    assert said.out == ""
    assert said.err.startswith("error: ")
    assert Path(name).name in said.err
    assert "hint: " in said.err
    assert "Traceback" not in said.err
    error = json.loads(doctor(name, "--json", code=1).out)["error"]
    assert error["text"] in said.err


def test_a_folder_is_a_project_and_only_one(doctor, sick, tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        project(tmp_path / name)
    doctor("a", "--machine", sick, "--select", "DRV003", code=1)
    assert "a, b" in doctor("a", "b", "--machine", sick, code=2).err
    assert "a, b" in doctor("a", "--project", "b", "--machine", sick, code=2).err
    assert "bringup init" in doctor("--project", "nowhere", "--machine", sick, code=1).err


@pytest.mark.parametrize("text", ["", "{", "[]", '{"no.such.fact": 1}', '{"facts": []}'])
def test_a_bad_machine_is_a_fault(doctor, sick, tmp_path, text):
    (tmp_path / "bad.json").write_text(text)
    for call in (["--machine", "bad.json"], ["--machine", sick, "--peer", "bad.json"]):
        said = doctor(*call, code=1)
        assert said.err.startswith("error: ")
        assert "Traceback" not in said.err


def test_the_plan_says_who_may_do_what(doctor, sick):
    said = doctor("--machine", sick, "--fix").out
    assert re.search(
        r"^\*  \d\. move /home/dev/\S+/kernels/old away .*\[JUP001; ", said, re.MULTILINE
    )
    assert re.search(r"^   \d+\. sudo reboot   \[DRV003; ", said, re.MULTILINE)
    assert "FRM002: " in said
    document = json.loads(doctor("--machine", sick, "--fix", "--json").out)
    assert set(document) == {"schema_version", "steps", "words"}
    assert [row["codes"] for row in document["steps"] if row["safe"]] == [["JUP001"]]


def test_chinese(doctor, sick):
    said = doctor("--machine", sick, code=1, before=["--lang", "zh"])
    assert "修复：" in said.out
    assert "依据：" in said.out
    assert "个错误" in said.out
    assert "修复计划" in said.err
    assert "Fix:" not in said.out
    assert "没有以 `FOO`" in doctor("--select", "FOO", code=1, before=["--lang", "zh"]).err


def test_explain_shows_a_rule(capsys):
    assert main(["explain", "drv003"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("DRV003 library_module_mismatch: ")
    for label in ("What it finds:", "Why it matters:", "Evidence:", "Fix:", "False alarms:"):
        assert f"\n{label} " in said
    assert "\nReferences:\n  https://" in said
    assert main(["explain", "REQ001"]) == 0
    said = capsys.readouterr().out
    assert "Ask for INSTEAD instead of PACKAGE" in said
    assert "Evidence:  " not in said
    assert main(["--lang", "zh", "explain", "IMG001"]) == 0
    assert "修复：" in capsys.readouterr().out
    assert main(["explain", "XYZ999"]) == 1
    assert "bringup doctor --list" in capsys.readouterr().err


def test_a_terminal_gets_styles_and_lines_that_fit(sick):
    """A real terminal of 60 columns; commands and paths are never broken."""
    import pty

    for lang in ("en", "zh"):
        leader, follower = pty.openpty()
        command = [
            sys.executable,
            "-m",
            "bringup",
            "--lang",
            lang,
            "doctor",
            "--machine",
            str(sick),
        ]
        env = {**os.environ, "COLUMNS": "60", "TERM": "xterm"}
        del env["NO_COLOR"]
        process = subprocess.Popen(command, stdout=follower, stderr=subprocess.DEVNULL, env=env)
        os.close(follower)
        text = b""
        while part := _read(leader):
            text += part
        os.close(leader)
        assert process.wait(60) == 1
        lines = re.sub(r"\x1b\[[0-9;]*m", "", text.decode()).splitlines()
        assert "\x1b[1;31merror DRV003\x1b[0m" in text.decode()
        wide = [line for line in lines if _cells(line) > 60]
        # Titles are one line; a line of one word that is longer cannot be helped.
        assert [x for x in wide if len(x.split()) > 1 and not re.match(r"error|warning", x)] == []
        assert any("/home/dev/.local/share/jupyter/kernels/old" in line for line in lines)


def _read(leader):
    try:
        return os.read(leader, 65536)
    except OSError:
        return b""


def _cells(line):
    import unicodedata

    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in line)


def test_a_reader_that_goes_away_is_no_bug(sick):
    command = [sys.executable, "-m", "bringup", "doctor", "--machine", str(sick), "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.close()
    assert process.wait(60) in {1, 141}
    assert process.stderr.read() == b""
    process.stderr.close()
