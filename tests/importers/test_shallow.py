"""The depth and the numbers of JSON are measured before the parser sees them."""

import io
import json
from typing import Any

import ijson  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from erikti.importers.json import DEEPEST, LONGEST_NUMBER, Shallow, items

JSON = st.recursive(
    st.none() | st.integers() | st.text(st.sampled_from('a"\\[]{}1,:\n')),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.sampled_from('a"\\[{')), inner),
    max_leaves=30,
)


def depth(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth, value.values()), default=0)
    return 1 + max(map(depth, value), default=0) if isinstance(value, list) else 0


def measured(content: bytes, size: int) -> bool:
    """Return whether a text passes when it is read in pieces."""
    stream = Shallow(io.BytesIO(content))
    try:
        while stream.read(size):
            pass
    except ijson.JSONError:
        return False
    return True


@given(JSON, st.integers(0, DEEPEST + 5), st.integers(1, 50))
def test_the_depth_is_that_of_the_parsed_value(value: Any, around: int, size: int) -> None:
    for _ in range(around):
        value = [value, "[[{"]
    assert measured(json.dumps(value).encode(), size) == (depth(value) <= DEEPEST)


@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_long_numbers_are_found_across_pieces(size: int) -> None:
    long, short = b"1" * (LONGEST_NUMBER + 100), b"1" * (LONGEST_NUMBER - 1)
    assert not measured(b"[" + long + b"]", size)
    assert measured(b"[" + short + b"," + short + b"]", size)
    assert measured(b'["' + long + b'"]', size)


def test_deep_files_take_no_memory() -> None:
    class Deep(io.RawIOBase):
        """An endless file of brackets."""

        asked = 0

        def read(self, size: int = -1) -> bytes:
            self.asked += 1
            return b"[" * (size if size > 0 else 4096)

        def seek(self, offset: int, whence: int = 0) -> int:
            return offset

    stream = Deep()
    with pytest.raises(Exception, match="BROKEN_JSON"):
        list(items(stream))  # type: ignore[arg-type]
    assert stream.asked <= 2
