"""The verifier's output: counts, lists, reasons, and unusable input."""

import json
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from erikti.audit.entries import canonical
from erikti.audit.signing_key import public_pem
from erikti.audit.verifier import Bundle, Report, checkpoint_files, opened_source, verify
from tests.audit.commands import NOWHERE, Where, run
from tests.audit.places import Place, access, write_chain
from tests.audit.tampering import RECORDS, WHERE, remove, rewrite

pytestmark = pytest.mark.usefixtures("chain")


@pytest.fixture
def where(place: Place) -> Where:
    return Where(place.url, place.checkpoints, place.key)


@pytest.fixture
def bundle(where: Where, place: Place) -> Path:
    """Export a bundle to a folder whose parent does not exist yet."""
    folder = place.folder / "far" / "bundle"
    assert run(where, "export", folder).exit_code == 0
    return folder


def verified(folder: Path) -> Any:
    return run(NOWHERE, "verify", "--bundle", folder, "--public-key", folder / "public.pem")


def test_the_public_key_is_printed_and_is_in_the_bundle(
    where: Where, place: Place, bundle: Path
) -> None:
    pem = public_pem(place.signer()).decode()
    assert run(where, "public-key").stdout == pem
    assert (bundle / "public.pem").read_text() == pem
    assert verified(bundle).exit_code == 0


def test_checkpoints_and_the_entries_that_they_do_not_cover_are_counted(
    where: Where, place: Place, chain: UUID
) -> None:
    lines = place.lines(chain)
    assert f"in 1 chains, {len(lines)} checkpoints: no problems" in run(where, "verify").stdout
    (place.checkpoints / f"{chain}.jsonl").write_text("".join(lines[:2]))
    done = run(where, "verify")
    assert f"not yet covered by a checkpoint: the last 7 of chain {chain}" in done.stdout
    assert done.exit_code == 0


def test_of_many_problems_a_hundred_are_listed_and_all_counted(where: Where, place: Place) -> None:
    for number in range(120):
        (place.checkpoints / f"{number}.jsonl").write_text("nothing\n")
    done = run(where, "verify")
    assert done.output.count("checkpoint: chain ") == 100
    assert (done.exit_code, "120 PROBLEMS" in done.output) == (1, True)


def test_a_key_that_cannot_verify_differs_from_one_that_does_not(
    where: Where, place: Place
) -> None:
    path = place.folder / "key.pem"
    other = generate_private_key(SECP256R1()).public_key()
    for text, reason in (
        (b"no key", "a public key is not in PEM"),
        (
            other.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
            "a public key is not an Ed25519 key",
        ),
    ):
        path.write_bytes(text)
        done = run(where, "verify", "--public-key", path)
        assert (done.exit_code, done.output.strip()) == (2, reason)
    foreign = run(Where(where.database_url, where.checkpoints, place.folder / "new"), "public-key")
    assert foreign.exit_code == 2
    (place.folder / "again").mkdir()
    fresh = Place(place.url, place.folder / "again")
    path.write_bytes(public_pem(fresh.signer()))
    done = run(where, "verify", "--public-key", path)
    assert (done.exit_code, "a key that was not given" in done.output) == (1, True)
    both = run(where, "verify", "--public-key", path, "--public-key", _own(place))
    assert both.exit_code == 0


def _own(place: Place) -> Path:
    path = place.folder / "own.pem"
    path.write_bytes(public_pem(place.signer()))
    return path


@pytest.mark.parametrize("line", [b"nothing\n", b"[]\n", b"{}\n", b'{"hash": "x"}\n'])
def test_the_line_of_a_bundle_that_is_no_entry_is_named(bundle: Path, line: bytes) -> None:
    entries = bundle / "entries.jsonl"
    lines = entries.read_bytes().splitlines(keepends=True)
    entries.write_bytes(b"".join([*lines[:3], line, *lines[3:]]))
    done = verified(bundle)
    assert (done.exit_code, "line 4 is no entry" in done.output) == (2, True)
    entries.unlink()
    done = verified(bundle)
    assert (done.exit_code, "holds no entries.jsonl" in done.output) == (2, True)


def test_a_manifest_is_signed_itself_and_names_all_there_is(bundle: Path, place: Place) -> None:
    manifest = bundle / "manifest.json"
    text = manifest.read_text()
    (bundle / "more.txt").write_text("more")
    assert "bundle: more.txt: it was not signed" in verified(bundle).output
    (bundle / "more.txt").unlink()
    payload = json.loads(text)
    del payload["files"]["public.pem"]
    manifest.write_text(json.dumps(payload))
    assert "bundle: manifest.json: its signature is invalid" in verified(bundle).output
    del payload["signature"]
    made = {**payload, "signature": place.signer().sign(canonical(payload)).hex()}
    manifest.write_text(json.dumps(made))
    done = verified(bundle)
    assert done.output.count("bundle: ") == 1
    assert "bundle: public.pem: it was not signed" in done.output


async def last_seven(place: Place, chain: UUID) -> None:
    """Remove the checkpoints of entries 6 to 12."""
    (place.checkpoints / f"{chain}.jsonl").write_text("".join(place.lines(chain)[:2]))


@pytest.mark.parametrize(("more", "expected"), [(0, []), (1, [("not signed for", 6)])])
async def test_entries_may_wait_fifteen_seconds_to_be_signed_for(
    place: Place, chain: UUID, more: int, expected: list[tuple[str, int]]
) -> None:
    await last_seven(place, chain)
    async with opened_source(place.url) as source:
        entries = [entry async for entry in source.entries()]
    first = str(entries[6].payload["recorded_at"])
    last = _later(first, timedelta(seconds=15, microseconds=more))
    await place.tamper(f"UPDATE {RECORDS} SET recorded_at = '{last}' {WHERE}12")
    await rewrite(place, 12)
    assert await place.problems() == expected


def _later(moment: str, by: timedelta) -> str:
    return str(datetime.fromisoformat(moment) + by)


async def test_entries_of_no_time_do_not_wait_at_all(
    place: Place, chain: UUID, bundle: Path
) -> None:
    """A forger can give them matching hashes."""
    await last_seven(place, chain)
    entries = bundle / "entries.jsonl"
    lines = [json.loads(line) for line in entries.read_text().splitlines()]
    payload = {**lines[6], "recorded_at": "never"}
    payload["hash"] = sha256(
        canonical({k: v for k, v in payload.items() if k != "hash"})
    ).hexdigest()
    entries.write_text("".join(json.dumps(line) + "\n" for line in [*lines[:6], payload]))
    report = await _verified(place, bundle)
    assert [(p.kind.value, p.sequence) for p in report.problems] == [("not signed for", 6)]


async def _verified(place: Place, bundle: Path) -> Report:
    return await verify(
        Bundle(bundle), checkpoint_files(place.checkpoints, [public_pem(place.signer())])
    )


async def test_a_cut_off_end_is_reported_up_to_the_last_signed_entry(place: Place) -> None:
    writer = await write_chain(place, before=5, after=1)
    await remove(place, f">= 3 AND writer = {place.uuid(writer)}")
    (problem,) = (await place.report()).problems
    assert (problem.writer, problem.sequence) == (str(writer), 3)
    assert problem.text.startswith("it and those up to 6 were signed and are missing")


async def test_the_missing_entries_are_named(place: Place) -> None:
    await remove(place, "= 8")
    assert (await place.report()).problems[0].text == "it is missing"
    await remove(place, "IN (7, 9)")
    assert (await place.report()).problems[0].text == "it and those up to 9 are missing"


async def test_a_log_is_verified_as_of_one_moment(place: Place) -> None:
    async with opened_source(place.url) as source:
        assert await source.persons() == 24
        async with place.log() as log:
            await log.write(access())
        assert await source.persons() == 24
        assert len([entry async for entry in source.entries()]) == 13
    async with opened_source(place.url) as source:
        assert await source.persons() == 26
