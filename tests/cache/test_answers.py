"""Entries: no personal data in keys, and damaged ones are rejected."""

import pickle
from typing import Any

import pytest
from valkey import Valkey

from erikti.cache import Answer, Reading, request_key
from erikti.cache.answers import Sealer
from tests.cache.computation import Computation, Make

CANARY = "860101350147"
QUERY = "query ($iin: String) { people(filter: { iin: { eq: $iin } }) { totalCount } }"
STATE = (b"server", b"one", b"two")
PAGES = [Reading("VolunteerConnection.nodes", "f" * 32, 20)]
ANSWER = Answer(b'{"data":{}}', '"etag"', 3600, readings=PAGES)


def key(**changes: Any) -> bytes:
    parts: dict[str, Any] = {"document": QUERY, "operation": None, "variables": {}}
    return request_key(**{"language": "kk", **parts, **changes})


def test_every_part_of_a_request_makes_another_key() -> None:
    values: list[Any] = [1, 1.5, "1", True, None, [1], [], {}, "\ud800"]
    keys = [
        key(),
        key(document="{ regions { code } }"),
        key(operation="A"),
        key(language="ru"),
        key(principal=["client"]),
        key(principal=["client", "scope"]),
        *(key(variables={"a": v}) for v in values),
        key(variables={"a": 1, "b": 1}),
    ]
    assert len(set(keys)) == len(keys)


def test_the_order_of_variables_makes_no_other_key() -> None:
    assert key(variables={"a": 1, "b": {"c": 2, "d": 3}}) == key(
        variables={"b": {"d": 3, "c": 2}, "a": 1}
    )
    assert key(variables=None) == key(variables={})


async def test_valkey_holds_no_value_of_a_variable_and_nothing_pickled(
    make: Make, valkey_client: Valkey, valkey_url: str
) -> None:
    cache = make(valkey_url, secret=b"secret")
    await cache.answer(key(variables={"iin": CANARY}), {"Person"}, Computation())
    names = valkey_client.keys("*")
    assert isinstance(names, list)
    kinds = sorted(name.split(b":")[1] for name in names)
    assert kinds == [b"answer", b"tag", b"tag"]
    for name in names:
        value = valkey_client.get(name)
        assert isinstance(value, bytes)
        assert CANARY.encode() not in name + value
        with pytest.raises(Exception, match=r".*"):
            pickle.loads(value)
        assert (valkey_client.pttl(name) == -1) is (b":tag:" in name)


def test_an_entry_opens_under_its_own_key_state_and_secret_alone() -> None:
    sealer = Sealer(b"secret")
    entry = sealer.seal(b"digest", STATE, ANSWER)
    assert sealer.open(b"digest", STATE, entry) == ANSWER
    assert sealer.open(b"another", STATE, entry) is None
    assert sealer.open(b"digest", (b"server", b"onet", b"wo"), entry) is None
    assert sealer.open(b"digest", (b"other", b"one", b"two"), entry) is None
    assert Sealer(b"guessed").open(b"digest", STATE, entry) is None
    assert sealer.digest(b"key") != Sealer(b"guessed").digest(b"key")


def test_a_damaged_entry_does_not_open() -> None:
    sealer = Sealer(b"secret")
    entry = sealer.seal(b"digest", STATE, ANSWER)
    for place in range(len(entry)):
        damaged = entry[:place] + bytes([entry[place] ^ 1]) + entry[place + 1 :]
        assert sealer.open(b"digest", STATE, damaged) is None
        assert sealer.open(b"digest", STATE, entry[:place]) is None


def test_an_entry_that_is_too_old_does_not_open() -> None:
    old = Answer(b"", "", 60, ANSWER.made_at - 61)
    sealer = Sealer(b"secret")
    assert sealer.open(b"digest", STATE, sealer.seal(b"digest", STATE, old)) is None


async def test_rubbish_in_the_place_of_an_entry_is_replaced(
    make: Make, valkey_client: Valkey, valkey_url: str
) -> None:
    cache, compute = make(valkey_url), Computation()
    await cache.answer(b"key", {"Person"}, compute)
    names = valkey_client.keys("*answer*")
    assert isinstance(names, list)
    (name,) = names
    for number, rubbish in enumerate((b"", b"erikti1\n", b"\x80\x04N.", b"x" * 1000), 2):
        valkey_client.set(name, rubbish)
        assert (await cache.answer(b"key", {"Person"}, compute)).body == b"answer %d" % number
        await cache.answer(b"key", {"Person"}, compute)
    valkey_client.delete("erikti:tag:Person")
    valkey_client.lpush("erikti:tag:Person", "rubbish")
    await cache.answer(b"key", {"Person"}, compute)
    await cache.answer(b"key", {"Person"}, compute)
    assert compute.begun == 7
    assert cache.metrics["outages"] == 0
