from bringup.explain import explain

LOG = (
    "\x1b[31mRuntimeError: The NVIDIA driver on your system is too old (found version 11040). "
    "Please update your GPU driver\x1b[0m\n"
)


def test_a_cause_is_named_with_its_line_and_its_value():
    answer = explain("starting\n" + LOG, facts={"cuda": "12.4"})
    assert answer.verdict == "failure"
    cause = answer.causes[0]
    assert cause.label == "driver_too_old_for_cuda"
    assert cause.lines[0][0] == 2
    assert cause.values["driver_cuda"] == "11040"
    assert cause.title
    assert cause.fix[0].text


def test_nothing_wrong_is_benign():
    assert explain("Epoch 1/5 loss 0.31\nsaved model.pt\n").verdict == "benign"
    answer = explain("hello\n")
    assert (answer.verdict, answer.causes) == ("benign", ())


def test_an_error_that_nobody_knows_is_unknown():
    assert explain("ZorkError: the frobnicator is bent\n").verdict == "unknown"
