"""A body that was compressed in two steps is one stream of its content coding."""

import gzip
import zlib

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from erikti.endpoint.http.fast_path.codings import BEGINNINGS, LONGEST_END, Compression, beginning

READERS = {
    b"br": [brotli.decompress],
    b"gzip": [gzip.decompress, lambda data: zlib.decompress(data, zlib.MAX_WBITS | 16)],
    b"zstd": [
        zstandard.ZstdDecompressor().decompress,
        lambda data: zstandard.ZstdDecompressor().decompressobj().decompress(data),
    ],
}


def check(coding: bytes, begin: bytes, end: bytes) -> None:
    data = beginning(coding, begin).with_end(coding, end)
    for read in READERS[coding]:
        assert read(data) == begin + end


@pytest.mark.parametrize("coding", READERS)
@given(begin=st.binary(min_size=1, max_size=5_000), end=st.binary(min_size=1, max_size=300))
def test_any_bytes_are_read_back(coding: bytes, begin: bytes, end: bytes) -> None:
    check(coding, begin, end)


@pytest.mark.parametrize("coding", READERS)
@pytest.mark.parametrize("length", [1, 499, 131_071, 131_072, 5_000_000])
@pytest.mark.parametrize("ending", [1, 256, LONGEST_END])
def test_bodies_of_any_length_are_read_back(coding: bytes, length: int, ending: int) -> None:
    text = b",".join(b'{"id":"%d","name":"n%d"}' % (n * 7919, n) for n in range(length // 20 + 1))
    check(coding, text[:length], b"x" * ending)


def test_all_codings_are_tested() -> None:
    assert READERS.keys() == BEGINNINGS.keys()


def test_a_beginning_is_compressed_once_and_memory_is_bounded() -> None:
    made = Compression(most=20_000)
    body = b"x" * 5_000 + b"}"
    assert gzip.decompress(made.begun(b"gzip", body, b",y}")) == body[:-1] + b",y}"
    assert len(made) == 1
    assert gzip.decompress(made.begun(b"gzip", body, b",z}")) == body[:-1] + b",z}"
    assert len(made) == 1
    for number in range(10):
        made.begun(b"br", b"%d" % number + body, b"}")
    assert len(made) <= 4
    whole = made.begun(b"zstd", b"x" * 50_000, b"}")
    assert zstandard.ZstdDecompressor().decompress(whole) == b"x" * 49_999 + b"}"
    assert len(made) <= 4
