import pytest

from bringup.explain.normal import clean_bytes, normal_line

ERROR = "RuntimeError: CUDA error"


@pytest.mark.parametrize(
    "line",
    [
        f"\x1b[31m{ERROR}\x1b[0m",
        f"[0;31m{ERROR}[0m",
        f"#9 31.40 {ERROR}",
        f"2024-03-01T10:00:00.123456789Z {ERROR}",
        f"2024-03-01 10:00:00,123 - {ERROR}",
        f"2024-03-01 10:00:00.123456: {ERROR}",
        f"[2024-03-01 10:00:00] {ERROR}",
        f"Nov 19 07:41:02 ws12 train[1320]: {ERROR}",
        f"[   12.345678] {ERROR}",
        f"trainer-1  | {ERROR}",
        f"[pod/train-0/main] {ERROR}",
        f"[rank3]: {ERROR}",
        f"[1,0]<stderr>:{ERROR}",
        f"(RayTrainWorker pid=1234, ip=10.0.0.4) {ERROR}",
        f"E0418 02:12:09.118000 4471 {ERROR}",
        f"##[error]{ERROR}",
        f"E       {ERROR}",
        f"  │ {ERROR}",
        f"  ╰─▶ {ERROR}",
        f"2024-03-01T10:00:00,514 [INFO ] W-9003-m_1.2-stdout MODEL_LOG - {ERROR}",
        f"2024-03-01T10:00:00Z trainer-1  | [rank0]: {ERROR}",
        f'{{"log":"{ERROR}\\n","stream":"stderr","time":"2024-03-01T10:00:00Z"}}',
        f"\ufeff{ERROR}\r",
    ],
)
def test_what_surrounds_a_message_goes(line):
    assert normal_line(clean_bytes(line.encode())) == ERROR


def test_quotes_and_blanks():
    assert normal_line("Could  not\tload “libcuda.so” ‘x’ `y'") == (
        "Could not load \"libcuda.so\" 'x' 'y'"
    )


def test_a_line_that_is_nothing_but_a_prefix_stays():
    assert normal_line("#9 31.40 x") == "x"
    assert normal_line("[rank0]:") == "[rank0]:"


def test_nuls_and_backspaces_go():
    assert clean_bytes(b"no\0thing\n") == b"nothing\n"
    assert clean_bytes(b"erx\bror\n") == b"error\n"
