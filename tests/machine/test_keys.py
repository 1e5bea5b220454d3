from __future__ import annotations

import pytest

from bringup.base.errors import BringupError
from bringup.machine.keys import KEYS, SHORT_NAMES, key_of, nearest
from bringup.machine.kinds import Kind
from bringup.machine.probe import CARE, TOPICS


def test_variable_follows_the_name():
    assert KEYS["cpu.cores_usable"].variable == "BRINGUP_CPU_CORES_USABLE"
    assert KEYS["index.pip.index_url"].variable == "BRINGUP_INDEX_PIP_INDEX_URL"


def test_variables_are_unique_and_none_is_a_setting_of_bringup_itself():
    variables = [key.variable for key in KEYS.values()]
    assert len(set(variables)) == len(variables)
    assert not {"BRINGUP_LANG", "BRINGUP_CACHE_DIR"} & set(variables)


def test_every_key_has_sources_and_every_source_a_key():
    probed = [key for topic in (*TOPICS, *CARE) for key in topic]
    assert len(set(probed)) == len(probed)
    # The doctor asks the network itself, over the ways of the stack.
    asked = {"network.places", "network.offline", "system.clock_offset_s"}
    assert {*probed, *asked, "index.settings"} == set(KEYS)


def test_every_key_is_documented():
    assert all(key.doc and key.kind in Kind for key in KEYS.values())
    assert KEYS["cpu.model"].topic == "cpu"


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("cpu.cores", "cpu.cores_usable"),
        ("memory.total", "memory.total_bytes"),
        ("compute_capabilty", "compute_capability"),
        ("drivr", "driver"),
    ],
)
def test_unknown_key_names_the_nearest(wrong, right):
    assert nearest(wrong) == right
    with pytest.raises(BringupError) as caught:
        key_of(wrong)
    assert caught.value.code == "MCH001"
    assert f"`{right}`" in str(caught.value)
    assert caught.value.hint


def test_short_names_are_no_keys():
    assert not set(SHORT_NAMES) & set(KEYS)
