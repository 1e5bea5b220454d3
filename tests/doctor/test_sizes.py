import pytest

from bringup.doctor.sizes import GIB, MIB, size


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (0, "0 MiB"),
        (64 * MIB, "64 MiB"),
        (GIB, "1.0 GiB"),
        (7.5 * GIB, "7.5 GiB"),
        (2048 * GIB, "2048 GiB"),
    ],
)
def test_sizes_are_short(count, shown):
    assert size(count) == shown
