from bringup.project.imports import with_imported


def write(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def names(folder, file="train.py"):
    return [path.relative_to(folder).as_posix() for path in with_imported(folder / file, folder)]


def test_modules_of_the_project_are_followed_and_others_are_not(tmp_path):
    write(
        tmp_path,
        {
            "train.py": "import os, torch\nimport helpers\nfrom nets.small import Net\n",
            "helpers.py": "def f():\n    import späte\n",
            "späte.py": "import helpers\n",
            "nets/__init__.py": "",
            "nets/small.py": "from . import layers\nfrom .blocks import Block\nfrom .. import x\n",
            "nets/layers.py": "",
            "nets/blocks.py": "",
            "unused.py": "",
        },
    )
    assert names(tmp_path) == [
        "helpers.py",
        "nets/__init__.py",
        "nets/blocks.py",
        "nets/layers.py",
        "nets/small.py",
        "späte.py",
        "train.py",
    ]


def test_a_script_in_a_folder_finds_what_lies_beside_it_and_in_the_project(tmp_path):
    write(
        tmp_path,
        {
            "src/train.py": "import beside\nfrom top import thing\n",
            "src/beside.py": "",
            "top.py": "",
        },
    )
    assert names(tmp_path, "src/train.py") == ["src/beside.py", "src/train.py", "top.py"]


def test_a_file_that_cannot_be_parsed_stands_for_itself(tmp_path):
    write(tmp_path, {"train.py": "import (", "other.py": ""})
    assert names(tmp_path) == ["train.py"]


def test_relative_imports_beyond_the_top_are_no_fault_here(tmp_path):
    write(tmp_path, {"train.py": "from " + "." * 99 + " import x\n"})
    assert names(tmp_path) == ["train.py"]
