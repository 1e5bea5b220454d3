"""What a program did after a complaint: over small causes made for the purpose."""

import pytest
from test_ranking import answer, made

SIGNATURE = "[[signature]]\nweight = 0.95\nall = ['no space left|timed out']\n"


def verdict(log, ending, harmless=""):
    cause = made("disk_full", f'ending = "{ending}"\n{SIGNATURE}' if ending else SIGNATURE)
    if ending:
        (name, text) = next(iter(cause.items()))
        head, tail = text.decode().split(f'ending = "{ending}"\n')
        cause = {name: f'ending = "{ending}"\n{head}{tail}'.encode()}
    return answer(log, cause, harmless=harmless).verdict


@pytest.mark.parametrize(
    ("ending", "log", "failure"),
    [
        ("", "no space left\n", True),
        ("", "no space left\nstep 10 loss 0.3\n", False),
        ("", "step 10 loss 0.3\nno space left\n", True),
        ("", "no space left\nstep 10 loss 0.3\nTraceback (most recent call last):\n", True),
        ("", "Traceback (most recent call last):\nno space left\nstep 1 loss 0.3\n", True),
        ("", "ERROR: no space left\n===== 12 passed in 3.1s =====\n", False),
        ("", "no space left\n$ python train.py\nstep 10 loss 0.3\n", True),
        ("retried", "ERROR: timed out\nSuccessfully installed torch-2.4.0\n", False),
        ("retried", "timed out\nSuccessfully installed a-1\nERROR: no\n", True),
        ("cpu", "timed out\nstep 10 loss 0.3\n", True),
        ("cpu", "timed out\nUsing device cuda:0\n", False),
        ("silent", "no space left\n===== 12 passed in 3.1s =====\n", True),
    ],
)
def test_what_came_after(ending, log, failure):
    assert (verdict(log, ending) == "failure") is failure


def test_a_sure_harmless_text_closes_its_line():
    harmless = "[[harmless]]\nall = ['scratch disk']\n{}why = {{ en = 'x', zh = 'x' }}\n"
    log = "scratch disk: no space left\n"
    assert verdict(log, "", harmless.format("")) == "failure"
    assert verdict(log, "", harmless.format("sure = true\n")) == "benign"
    assert verdict(log + "no space left\n", "", harmless.format("sure = true\n")) == "failure"
