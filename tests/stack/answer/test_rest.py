import pytest
from asking import UBUNTU, ask, packages
from stack_fixtures import OWN_PYTHON, make_wheel

from bringup.base.errors import BringupError, UnreachableError
from bringup.machine import machine_by_hand


def with_index(address, **facts):
    settings = {"index": address, "extra_indexes": [], "find_links": []}
    plain = {**UBUNTU, "index.settings": settings, **facts}
    # uv resolves with a Python that is here.
    plain.pop("python")
    return machine_by_hand({**plain, "python.interpreters": [OWN_PYTHON]}, "test")


def test_uv_resolves_what_no_table_knows_beside_what_was_chosen(tmp_path, server):
    chosen = make_wheel(tmp_path, "numpy", "1.26.4")
    newer = make_wheel(tmp_path, "numpy", "2.0.0")
    server.wheels = [
        chosen,
        newer,
        make_wheel(tmp_path, "graphs-of-ours", "1.0", requires=["numpy"]),
        make_wheel(tmp_path, "graphs-of-ours", "2.0", requires=["numpy>=2"]),
        make_wheel(tmp_path, "words-of-ours", "3.1"),
    ]
    target = with_index(server.index())
    found = ask(target, "numpy==1.26.4", "graphs_of_ours", "words-of-ours>=3")
    assert packages(found) == {"numpy": "1.26.4"}
    assert dict(found.others) == {"graphs-of-ours": "1.0", "words-of-ours": "3.1"}
    assert "graphs-of-ours 1.0" in found.explanation
    assert dict(ask(target, "graphs-of-ours").others) == {"graphs-of-ours": "2.0"}


def test_no_solution_is_uvs_to_explain(tmp_path, server):
    server.wheels = [
        make_wheel(tmp_path, "numpy", "1.26.4"),
        make_wheel(tmp_path, "graphs-of-ours", "2.0", requires=["numpy>=2"]),
    ]
    with pytest.raises(BringupError) as caught:
        ask(with_index(server.index()), "numpy==1.26.4", "graphs-of-ours")
    assert (caught.value.code, caught.value.exit_code) == ("ANS083", 1)
    assert "graphs-of-ours" in str(caught.value)


def test_an_index_that_is_down(closed_port):
    with pytest.raises(UnreachableError) as caught:
        ask(with_index(f"http://{closed_port}/simple"), "graphs-of-ours")
    assert caught.value.exit_code == 4


def test_a_package_by_address_is_uvs_too(tmp_path, server):
    wheel = make_wheel(tmp_path, "numpy", "1.0+mine")
    found = ask(with_index(server.index()), f"numpy @ {wheel.as_uri()}")
    assert packages(found) == {}
    assert found.ok
