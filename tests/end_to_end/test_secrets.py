"""A canary in every kind of setting: no command lets it out, but for ``--show-secrets``."""

import json
import sys
import threading
from pathlib import Path

import psutil
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "stack"))

from small_project import Small
from stack_fixtures import closed_port, make_wheel, second_server, server  # noqa: F401

CANARY = "geheim7"


class Watch:
    """Keeps the arguments of all processes that are seen while it watches."""

    def __init__(self):
        self.seen = set()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()

    def _look(self):
        while not self._over.wait(0.02):
            for process in psutil.process_iter(["cmdline"]):
                self.seen.add(" ".join(process.info["cmdline"] or ()))


@pytest.fixture
def small(tmp_path, server, second_server):  # noqa: F811
    """A project whose every kind of setting holds its own canary; what must answer does."""
    small = Small(tmp_path)
    server.wheels = [make_wheel(tmp_path / "wheels", "demo", "1.0")]
    server.credentials = f"me:{CANARY}-pip-index"
    second_server.wheels = [make_wheel(tmp_path / "more", "demo", "0.9")]
    second_server.instead = {"/limits.txt": ("text/plain", b"demo<2\n")}
    # uv is made to take a while, so that its arguments can be seen.
    server.hang_s = {"/simple/": 0.3, "/files/": 0.3}
    home, more = Path(small.env["HOME"]), second_server.address
    write(
        home / ".config/pip/pip.conf",
        f"""[global]
        index-url = http://me:{CANARY}-lost@{more}/simple
        extra-index-url = http://me:{CANARY}-extra@{more}/simple
        find-links = http://me:{CANARY}-links@{more}/links?token={CANARY}-query
        constraint = http://me:{CANARY}-limits@{more}/limits.txt
        [download]
        index-url = http://me:{CANARY}-section@{more}/simple
        """.replace("\n        ", "\n"),
    )
    write(
        home / ".config/uv/uv.toml",
        f"""index-url = "http://me:{CANARY}-uvlost@{more}/simple"
        https-proxy = "http://me:{CANARY}-uvproxy@127.0.0.1:9"
        [[index]]
        name = "apart"
        url = "http://me:{CANARY}-explicit@{more}/simple"
        explicit = true
        """,
    )
    write(home / ".netrc", f"machine index.invalid login me password {CANARY}-netrc\n")
    write(
        home / ".condarc",
        f"""channels:
  - https://conda.example/t/{CANARY}-conda/main
channel_alias: https://me:{CANARY}-alias@conda.example
proxy_servers:
  https: http://me:{CANARY}-condaproxy@127.0.0.1:9
""",
    )
    small.env |= {
        "UV_DEFAULT_INDEX": server.index(f"me:{CANARY}-pip-index@"),
        "PIP_INDEX_URL": f"http://me:{CANARY}-pipenv@{more}/simple",
        "UV_INDEX": f"more=http://{more}/simple",
        "UV_INDEX_MORE_USERNAME": "me",
        "UV_INDEX_MORE_PASSWORD": f"{CANARY}-named",
        "UV_FIND_LINKS": f"http://{CANARY}-token@{more}/links",
        "HTTPS_PROXY": f"http://me:{CANARY}-proxy@127.0.0.1:9",
        "HTTP_PROXY": f"me:{CANARY}-bare@127.0.0.1:9",
        "NO_PROXY": "127.0.0.0/8",
        "CONDA_CHANNEL_ALIAS": f"https://conda.example/t/{CANARY}-condaenv",
    }
    return small


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.replace("\n        ", "\n"))


def files_with(folder, word):
    """Return the files below a folder, environments included, that hold a word."""
    return [
        path
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink() and word.encode() in path.read_bytes()
    ]


COMMANDS = (
    ("probe",),
    ("probe", "--json"),
    ("probe", "--section", "index"),
    ("probe", "--section", "index", "--json"),
    ("lock",),
    ("lock", "--again", "--json"),
    ("sync",),
    ("up", "--until", "sync", "--json"),
    ("report",),
    ("report", "--json"),
)


ALONE = {"UV_INDEX": "", "UV_FIND_LINKS": "", "UV_NO_CONFIG": "1", "PIP_CONFIG_FILE": "/dev/null"}
"""Only the default index is left."""
AWAY = {"UV_DEFAULT_INDEX": "http://me:{canary}-away@index.invalid/simple"}
"""uv goes to this machine directly, whatever its proxy; elsewhere through it."""


def test_no_command_lets_a_secret_out(small, tmp_path):
    said = {}
    with Watch() as watch:
        for words in COMMANDS:
            done = small.bringup(*words)
            assert done.returncode == 0, (words, done.stderr)
            said[words] = done.stdout + done.stderr
    leaks = {words: text for words, text in said.items() if CANARY in text}
    assert not leaks
    assert any("pip compile" in line for line in watch.seen)
    assert any("pip sync" in line for line in watch.seen)
    assert [line for line in watch.seen if CANARY in line] == []
    assert files_with(small.folder, CANARY) == []
    assert files_with(tmp_path / "cache", CANARY) == []
    assert "127.0.0.1" in (small.folder / "pylock.cpu.toml").read_text()


@pytest.mark.parametrize(
    ("change", "exit_code"),
    [
        ({"UV_DEFAULT_INDEX": "http://me:{canary}-down@{closed}/simple"}, 4),
        ({**ALONE, "UV_DEFAULT_INDEX": "http://me:{canary}-wrong@{address}/simple"}, 1),
        ({"UV_INDEX": "http://me:{canary}-down@{closed}/simple"}, 4),
        ({"UV_FIND_LINKS": "http://{canary}-down@{closed}/links"}, 4),
        ({**AWAY, "HTTP_PROXY": "http://me:{canary}-down@{closed}"}, 4),
        ({**AWAY, "HTTP_PROXY": "me:{canary}-down@{closed}"}, 4),
        ({**AWAY, "HTTP_PROXY": "ftp://me:{canary}-scheme@{closed}"}, 1),
        ({"PIP_CONSTRAINT": "http://me:{canary}-gone@{address}/gone.txt"}, 1),
        ({"PIP_CERT": "/no/such/{plain}"}, 0),
    ],
)
def test_no_failure_does_either(small, server, closed_port, change, exit_code):  # noqa: F811
    names = {"canary": CANARY, "closed": closed_port, "address": server.address, "plain": "x.pem"}
    given = {name: text.format(**names) for name, text in change.items()}
    for words in (("lock",), ("lock", "--json"), ("report", "--json"), ("probe", "--json")):
        done = small.bringup(*words, **given)
        if words[0] == "lock":
            assert done.returncode == exit_code, done.stderr
        assert "Traceback" not in done.stderr
        assert CANARY not in done.stdout + done.stderr, words
    assert files_with(small.folder, CANARY) == []


def test_show_secrets_alone_shows_them(small):
    for section in ([], ["--section", "index"]):
        for form in ([], ["--json"]):
            shown = small.bringup("probe", *section, *form, "--show-secrets").stdout
            hidden = small.bringup("probe", *section, *form).stdout
            for kind in ("pip-index", "links", "query", "token", "proxy", "bare", "condaenv"):
                assert f"{CANARY}-{kind}" in shown, (section, form, kind)
            assert CANARY not in hidden
    document = json.loads(
        small.bringup("probe", "--section", "index", "--json", "--show-secrets").stdout
    )
    assert f"{CANARY}-named" in str(document["settings"])
    # What stands in netrc is never read for showing.
    assert f"{CANARY}-netrc" not in str(document)
