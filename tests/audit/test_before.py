"""Checkpoints of earlier versions, without a database and with sizes only in the first line."""

import json
from hashlib import sha256
from uuid import UUID

import pytest

from erikti.audit.entries import canonical
from tests.audit.places import Place, access, write_chain
from tests.audit.tampering import RECORDS, WHERE

LATER = ("database", "signature", "successor")


def age(place: Place, writer: UUID, *, closed: bool = True) -> None:
    """Rewrite the checkpoints of a chain in the format of the previous version."""
    previous, lines = bytes(32).hex(), []
    for line in place.lines(writer):
        payload = {k: v for k, v in json.loads(line).items() if k not in LATER}
        if payload["checkpoint"] > 0:
            del payload["seen"]
        payload["previous"] = previous
        if payload["closed"] and not closed:
            break
        made = canonical({**payload, "signature": place.signer().sign(canonical(payload)).hex()})
        previous = sha256(made).hexdigest()
        lines.append(made.decode() + "\n")
    (place.checkpoints / f"{writer}.jsonl").write_text("".join(lines))


@pytest.mark.parametrize("closed", [True, False])
async def test_they_are_verified_and_continued(place: Place, chain: UUID, closed: bool) -> None:
    age(place, chain, closed=closed)
    assert await place.problems() == []
    lines = place.lines(chain)
    async with place.log() as log:
        await log.write(access(0))
    second = await write_chain(place, before=1, after=1)
    report = await place.report()
    assert (report.problems, report.chains) == ([], 3)
    # An unclosed chain of an earlier version is not taken over, since its writer holds no lock.
    assert place.lines(chain) == lines
    await place.tamper(
        f"UPDATE {RECORDS} SET client = 'x' {WHERE}4 AND writer = {place.uuid(chain)}"
    )
    found = [(p.kind.value, p.writer) for p in (await place.report()).problems]
    assert found == [("changed", str(chain))]
    assert second != chain
