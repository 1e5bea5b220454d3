from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from bringup.base.errors import BringupError
from bringup.machine.host import AbsentHost, RunningHost
from bringup.machine.sources import Answer, Source, absent_on, first_answer
from bringup.machine.world import NoAnswer, World, run_command, this_platform


def test_files(make_world):
    world = make_world(files={"/a/b": "text", "/a/c": "x" * 200_000}, links={"/l": "a/b"})
    assert world.text("/a/b") == "text"
    assert len(world.raw("/a/c")) == 200_000
    assert world.names("/a") == ["b", "c"]
    assert world.names("/none") == []
    assert world.real("/l") == "/a/b"
    assert world.text_or("/none", "else") == "else"
    with pytest.raises(NoAnswer, match="no such file"):
        world.text("/a/b/c")
    with pytest.raises(NoAnswer, match="directory"):
        world.text("/a")


def test_a_link_out_of_the_tree_keeps_its_name(make_world):
    world = make_world(links={"/out": "/etc"})
    assert world.real("/out") == "/out"


def test_which_takes_programs_only(make_world):
    world = make_world(
        files={"/bin/data": ""}, programs={"/usr/bin/tool": ""}, env={"PATH": "/bin:/usr/bin"}
    )
    assert world.which("tool") == "/usr/bin/tool"
    assert world.which("data") is None


def test_command_that_fails_gives_its_last_words(make_world):
    world = make_world(failures={"tool": "usage\nit is broken\n"}, commands={"good": "fine"})
    assert world.command("good") == "fine"
    with pytest.raises(NoAnswer, match="it is broken"):
        world.command("tool")
    assert world.command("tool", stderr=True).startswith("usage")
    with pytest.raises(NoAnswer, match="no program"):
        world.command("none")


def test_real_commands_have_a_time_limit():
    assert run_command((sys.executable, "-c", "print(1)"), 30.0).stdout == "1\n"
    with pytest.raises(BringupError) as caught:
        run_command((sys.executable, "-c", "import time; time.sleep(60)"), 0.2)
    assert caught.value.code == "PRC002"


def test_once_asks_once_even_when_it_fails(make_world):
    world, asked = make_world(), []

    def ask():
        asked.append(1)
        raise NoAnswer("no")

    for _ in range(2):
        with pytest.raises(NoAnswer):
            world.once("x", ask)
    assert len(asked) == 1


def test_first_answer_records_who_was_asked(make_world):
    def broken(_: World) -> None:
        raise ZeroDivisionError("oops")

    sources = (
        Source("elsewhere", lambda _: 1, ("windows",)),
        Source("broken", broken),
        Source("file", lambda world: world.text("/none")),
        Source("last", lambda _: Answer(5, "really last", ("detail",))),
    )
    fact = first_answer(make_world(), sources)
    assert (fact.value, fact.source) == (5, "really last")
    assert fact.tried == ("broken: ZeroDivisionError: oops", "file: no such file", "detail")


def test_no_source_answers(make_world):
    fact = first_answer(make_world(), (Source("file", lambda world: world.text("/none")),))
    assert (fact.value, fact.unknown) == (None, "file: no such file")
    fact = first_answer(make_world(), (Source("x", lambda _: 1, ("macos",)),))
    assert fact.unknown == "bringup has no source for it on linux"
    assert first_answer(make_world(), (absent_on("linux"),)).unknown is None


def test_running_host(tmp_path: Path):
    host = RunningHost()
    assert 1 <= host.affinity() <= host.logical_cores()
    total, free = host.disk(str(tmp_path / "not" / "yet"))
    assert total > free > 0
    assert host.interpreter()["path"] == sys.executable
    memory, available, _ = host.memory()
    assert memory >= available > 0
    assert this_platform() in {"linux", "macos", "windows"}


@pytest.mark.skipif(sys.platform == "win32", reason="Unix calls")
def test_running_host_on_unix():
    import resource

    host = RunningHost()
    assert host.uname() == (os.uname().release, os.uname().machine)
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert host.limit("NOFILE") == (None if soft == resource.RLIM_INFINITY else soft)
    for ask in (host.windows_version, host.windows_processor):
        with pytest.raises(NoAnswer, match="not Windows"):
            ask()


def test_running_host_without_glibc(monkeypatch):
    def refuse(_: str) -> str:
        raise ValueError("unrecognized configuration name")

    monkeypatch.setattr(os, "confstr", refuse, raising=False)
    with pytest.raises(NoAnswer, match="glibc"):
        RunningHost().glibc_version()


@pytest.mark.skipif(sys.platform == "win32", reason="Unix sockets")
def test_ask_socket(tmp_path: Path):
    import socket
    import threading

    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    server.bind(str(tmp_path / "s"))
    server.listen(1)

    def serve() -> None:
        connection, _ = server.accept()
        with connection:
            connection.recv(1024)
            connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n{}")

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        assert RunningHost().ask_socket(str(tmp_path / "s"), "/info") == "{}"
    finally:
        thread.join()
        server.close()


def test_absent_host_never_answers():
    with pytest.raises(NoAnswer):
        AbsentHost().disk("/")
