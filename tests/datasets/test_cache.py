from __future__ import annotations

from pathlib import Path

from bringup.datasets import cache_folder


def test_the_variable_chooses_the_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("BRINGUP_CACHE_DIR", str(tmp_path / "here"))
    assert cache_folder() == tmp_path / "here"


def test_without_the_variable_the_system_chooses(monkeypatch, tmp_path):
    monkeypatch.delenv("BRINGUP_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder().name == "bringup"
    assert isinstance(cache_folder(), Path)
