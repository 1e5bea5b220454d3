import io

from hypothesis import given, settings
from hypothesis import strategies as st

from bringup.explain.reader import BLOCK_BYTES, LINE_BYTES, OVERLAP_BYTES, blocks_of, pieces_of


def read(log):
    return [(block.number, block.data) for block in blocks_of(log)]


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.sampled_from(["short\n", "x" * 500 + "\n", "y" * 70_000, "\n", "é€\r\n"])),
    st.integers(1, 100_000),
)
def test_blocks_are_the_same_in_whatever_pieces_a_log_arrives(parts, size):
    text = "".join(parts)
    data = text.encode()
    whole = read(data)
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    assert read(iter(pieces)) == whole
    assert read(io.BytesIO(data)) == whole
    assert read(text) == whole
    assert read(iter(text.splitlines(keepends=True))) == whole
    assert read(io.StringIO(text, newline="")) == whole


def test_lines_without_their_ends_are_lines():
    assert read(["a", "b"]) == [(1, b"a\nb\n")]
    assert read([]) == []


def test_numbers_count_the_lines():
    log = b"".join(b"line %d\n" % number for number in range(30_000))
    for number, data in read(log):
        assert data.startswith(b"line %d\n" % (number - 1))
    assert max(len(data) for _, data in read(log)) <= BLOCK_BYTES


def test_an_endless_line_is_cut_into_pieces_that_overlap():
    log = bytes(97 + index % 26 for index in range(300_000)) + b"\nnext\n"
    blocks = read(log)
    assert [number for number, _ in blocks[:-1]] == [1] * (len(blocks) - 1)
    rest = blocks[0][1]
    for _, data in blocks[1:]:
        assert data.startswith(rest[-OVERLAP_BYTES:])
        rest += data[OVERLAP_BYTES:]
    assert rest == log


def test_pieces_of_a_long_line_overlap():
    line = bytes(97 + index % 26 for index in range(50_000))
    pieces = pieces_of(line)
    assert all(len(piece) <= LINE_BYTES for piece in pieces)
    assert pieces[0] + b"".join(piece[OVERLAP_BYTES:] for piece in pieces[1:]) == line


def test_utf_16_as_windows_writes_it():
    text = "Error: 找不到指定的模块\nnext\n"
    assert read(text.encode("utf-16")) == [(1, text.encode())]
    assert read(bytes([byte]) for byte in text.encode("utf-16")) == [(1, text.encode())]
