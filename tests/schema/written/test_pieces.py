"""Constant texts of compiled SQL."""

import pytest

from schema.engine.written.pieces import with_joined_constants


@pytest.mark.parametrize(
    ("sql", "joined"),
    [
        ("x||'a'||'b'||y", "x||'ab'||y"),
        ("'a'||''||'b'||'c'", "'abc'"),
        ("'it''s'||' so'", "'it''s so'"),
        ("'a'||'''b'", "'a''b'"),
        ("x||'||'||y", "x||'||'||y"),
        ("'=x||'||'''||'||'y'", "'=x||''||y'"),
        ("f('a','b')||'c'", "f('a','b')||'c'"),
        ("x='a'||y||'b'", "x='a'||y||'b'"),
    ],
)
def test_adjacent_constants_are_one(sql: str, joined: str) -> None:
    assert with_joined_constants(sql) == joined
