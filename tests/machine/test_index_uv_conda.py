from __future__ import annotations

from bringup.machine.probes import index_conda, index_network, index_uv
from bringup.machine.probes.index_conda import condarc_files, parse_condarc
from bringup.machine.sources import first_answer

HOME = "/home/user"


def uv(world, name):
    return first_answer(world, index_uv.SOURCES[f"index.uv.{name}"])


def conda(world, name):
    return first_answer(world, index_conda.SOURCES[f"index.conda.{name}"])


def test_uv_variables(make_world):
    world = make_world(
        env={
            "UV_INDEX_URL": "https://old",
            "UV_DEFAULT_INDEX": "main=https://new",
            "UV_INDEX": "a=https://a https://b",
            "UV_EXTRA_INDEX_URL": "https://c https://b",
            "UV_FIND_LINKS": "/one,/two dirs",
            "UV_CONSTRAINT": "a.txt b.txt",
            "UV_HTTP_TIMEOUT": "30",
            "UV_OFFLINE": "1",
            "UV_INSECURE_HOST": "h1 h2",
        }
    )
    assert uv(world, "default_index").value == "https://new"
    assert uv(world, "index").value == ["https://a", "https://b", "https://c"]
    assert uv(world, "index").source == "UV_INDEX, UV_EXTRA_INDEX_URL"
    assert uv(world, "find_links").value == ["/one", "/two dirs"]
    assert uv(world, "constraint").value == ["a.txt", "b.txt"]
    assert uv(world, "timeout").value == 30.0
    assert uv(world, "offline").value is True
    assert uv(world, "insecure_host").value == ["h1", "h2"]
    assert uv(world, "native_tls").value is None


PROJECT = """
find-links = ["/project"]
no-index = true
[[index]]
url = "https://project"
default = true
[[index]]
url = "https://more"
[[index]]
name = "torch"
url = "https://torch"
explicit = true
[pip]
extra-index-url = ["https://pip"]
"""


def test_uv_files_the_nearest_first(make_world):
    world = make_world(
        folder="/home/user/project/sub",
        env={"HOME": HOME, "UV_FIND_LINKS": "/env"},
        files={
            f"{HOME}/project/uv.toml": PROJECT,
            f"{HOME}/.config/uv/uv.toml": 'index-url = "https://user"\nfind-links = "/user"\n',
            "/etc/uv/uv.toml": 'index-url = "https://system"\nnative-tls = true\n',
        },
    )
    fact = uv(world, "default_index")
    assert (fact.value, fact.source) == ("https://project", f"{HOME}/project/uv.toml")
    assert uv(world, "index").value == ["https://more", "https://pip"]
    assert uv(world, "find_links").value == ["/env", "/project", "/user"]
    assert uv(world, "no_index").value is True
    assert uv(world, "native_tls").source == "/etc/uv/uv.toml"


def test_uv_in_pyproject(make_world):
    world = make_world(
        folder="/p",
        files={"/p/pyproject.toml": '[project]\nname="x"\n[tool.uv]\nindex-url = "https://p"\n'},
    )
    assert uv(world, "default_index").value == "https://p"
    other = make_world(folder="/q", files={"/q/pyproject.toml": "[tool.black]\n"})
    assert uv(other, "default_index").source == "not set"


def test_uv_chosen_file_and_none(make_world):
    files = {
        "/mine.toml": 'index-url = "https://mine"\n',
        "/etc/xdg/uv/uv.toml": 'index-url = "https://system"\n',
    }
    world = make_world(env={"UV_CONFIG_FILE": "/mine.toml"}, files=files)
    assert uv(world, "default_index").value == "https://mine"
    assert uv(make_world(env={"UV_NO_CONFIG": "1"}), "default_index").value is None
    assert uv(make_world(env={"UV_NO_CONFIG": "0"}), "default_index").value == "https://system"


def test_uv_on_windows(make_world):
    world = make_world(
        platform="windows",
        folder="C:/p",
        env={"APPDATA": "C:\\A"},
        files={"C:/A/uv/uv.toml": "offline = true\n"},
    )
    assert uv(world, "offline").value is True


def test_uv_broken_file_is_unknown(make_world):
    world = make_world(env={"UV_CONFIG_FILE": "/m.toml"}, files={"/m.toml": "index-url ="})
    assert "TOMLDecodeError" in (uv(world, "default_index").unknown or "")


CONDARC = """
# mirrors
channels:
  - https://mirror.example/main   # the fast one
  - conda-forge
ssl_verify: /etc/ca.pem
proxy_servers:
  http: http://proxy:1
  https: "http://proxy:2"
default_channels: [a, 'b']
show_channel_urls: true
"""


def test_parse_condarc():
    assert parse_condarc(CONDARC) == {
        "channels": ["https://mirror.example/main", "conda-forge"],
        "ssl_verify": "/etc/ca.pem",
        "proxy_servers": {"http": "http://proxy:1", "https": "http://proxy:2"},
        "default_channels": ["a", "b"],
        "show_channel_urls": "true",
    }
    assert parse_condarc("what is this\n") == {}


def test_conda(make_world):
    world = make_world(
        env={"HOME": HOME, "CONDA_PREFIX": "/conda", "CONDA_CHANNEL_ALIAS": "https://alias"},
        files={
            f"{HOME}/.condarc": CONDARC,
            "/conda/.condarc": "channels: nearest\nssl_verify: false\n",
        },
    )
    assert conda(world, "channels").value == [
        "nearest",
        "https://mirror.example/main",
        "conda-forge",
    ]
    assert conda(world, "channels").source == f"/conda/.condarc, {HOME}/.condarc"
    assert (conda(world, "ssl_verify").value, conda(world, "ssl_verify").source) == (
        "false",
        "/conda/.condarc",
    )
    assert conda(world, "proxy").value == "http://proxy:2"
    assert conda(world, "channel_alias").source == "CONDA_CHANNEL_ALIAS"


def test_conda_by_variables(make_world):
    world = make_world(env={"CONDA_CHANNELS": "a, b", "CONDARC": "/x", "CONDA_ROOT": "/r"})
    assert conda(world, "channels").value == ["a", "b"]
    assert condarc_files(world) == [
        "/x",
        "/r/.condarc",
        "/etc/conda/.condarc",
        "/etc/conda/condarc",
    ]
    assert conda(make_world(), "channels").source == "not set"


def test_network(make_world):
    world = make_world(
        env={"HTTPS_PROXY": "http://big", "https_proxy": "http://small", "ALL_PROXY": "socks5://x"}
    )
    sources = index_network.SOURCES
    assert first_answer(world, sources["index.network.https_proxy"]).value == "http://small"
    assert first_answer(world, sources["index.network.http_proxy"]).source == "ALL_PROXY"
    assert first_answer(world, sources["index.network.no_proxy"]).value is None
