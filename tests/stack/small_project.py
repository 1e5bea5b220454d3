"""A project that needs one small package, and a world without settings but those of the test."""

import json
import os
import subprocess
import sys

PROJECT = """
[project]
name = "small"

[environment]
requirements = ["demo"]

[train]
script = "train.py"
"""
_SETTINGS = ("PIP_", "UV_", "CONDA", "BRINGUP_", "SSL_", "NETRC", "REQUESTS_", "CURL_")


class Small:
    """A project that needs one package, in a world without settings but those of the test."""

    def __init__(self, folder):
        self.folder = folder / "project"
        self.folder.mkdir()
        (self.folder / "bringup.toml").write_text(PROJECT)
        (self.folder / "train.py").write_text("import demo\nprint('accuracy: 1.0')\n")
        for name in ("home", "uv-cache", "cache", "etc"):
            (folder / name).mkdir()
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(_SETTINGS) and not name.lower().endswith("_proxy")
        }
        self.env = {
            **kept,
            "BRINGUP_LANG": "en",
            "HOME": str(folder / "home"),
            "XDG_CONFIG_DIRS": str(folder / "etc"),
            "XDG_CONFIG_HOME": str(folder / "home" / ".config"),
            "UV_CACHE_DIR": str(folder / "uv-cache"),
            "BRINGUP_CACHE_DIR": str(folder / "cache"),
            "UV_HTTP_RETRIES": "0",
            "TMPDIR": str(folder),
        }

    def bringup(self, *arguments, **env):
        return subprocess.run(
            [sys.executable, "-m", "bringup", *arguments],
            check=False,
            cwd=self.folder,
            capture_output=True,
            text=True,
            env={**self.env, **env},
            timeout=120,
        )

    def fails(self, verb, exit_code, *said, **env):
        """Run a verb that must fail, and look at what is said; return the error's document."""
        done = self.bringup(verb, "--json", "--quiet", **env)
        assert done.returncode == exit_code, done.stderr
        assert "Traceback" not in done.stderr
        error = json.loads(done.stdout)["error"]
        for part in said:
            assert part in error["text"], error["text"]
        assert error["text"] in done.stderr
        assert f"hint: {error['hint']}" in done.stderr
        assert "secret" not in done.stdout + done.stderr
        return error
