"""The cache of the manifest: its content, time to live and size."""

import asyncio

from erikti.database.connection import transaction
from erikti.trusted_documents.manifest import Manifest
from models.trusted_documents import EVERYONE, TrustedDocument, publish, revoke
from tests.support.queries import statements
from tests.support.waiting import until
from tests.trusted_documents.asking import COUNTRIES, REGIONS, digest, published

NOBODYS = digest("{ nobodys }")


async def test_a_look_up_is_kept_and_shared(database: str) -> None:
    assert database
    await published(REGIONS)
    manifest = Manifest(seconds=1e9)  # longer than any machine runs
    with statements() as made:
        found = await asyncio.gather(*(manifest.find(digest(REGIONS)) for _ in range(20)))
        assert {item.text for item in found if item} == {REGIONS}
        assert [await manifest.find(NOBODYS) for _ in range(3)] == [None] * 3
    assert len(made) == 2


async def test_what_is_published_or_revoked_is_seen_in_time(database: str) -> None:
    assert database
    manifest = Manifest(seconds=0.2)
    seen: list[bool | None] = []

    async def look() -> None:
        while seen[-1:] != [False]:
            found = await manifest.find(digest(REGIONS))
            seen.append(found.is_for("a") if found else None)
            if len(seen) == 1:
                await published(REGIONS)
            elif seen[-1]:
                await revoke(digest(REGIONS), [EVERYONE])

    task = asyncio.create_task(look())
    await until(task.done)
    assert task.exception() is None
    assert list(dict.fromkeys(seen)) == [None, True, False]


async def test_a_caller_who_leaves_takes_it_from_nobody_else(database: str) -> None:
    assert database
    await published(REGIONS)
    manifest = Manifest()
    leaving = asyncio.create_task(manifest.find(digest(REGIONS)))
    staying = asyncio.create_task(manifest.find(digest(REGIONS)))
    await asyncio.sleep(0)
    leaving.cancel()
    found = await staying
    assert found is not None
    assert leaving.cancelled()


async def test_memory_is_bounded(database: str) -> None:
    assert database
    texts = [f"{REGIONS} # {number}" for number in range(20)]
    await published(*texts)
    manifest = Manifest(seconds=600, most=1_500)
    for text in texts:
        await manifest.find(digest(text))
    for text, asked in ((texts[-1], 0), (texts[0], 1)):
        with statements() as made:
            await manifest.find(digest(text))
        assert len(made) == asked


async def test_publishing_is_all_or_nothing_and_what_was_revoked_stays_revoked(
    database: str,
) -> None:
    assert database
    await published(REGIONS)
    await revoke(digest(REGIONS), [EVERYONE])

    def documents() -> list[TrustedDocument]:
        return [
            TrustedDocument(sha256=digest(text), text=text, operations="")
            for text in (REGIONS, COUNTRIES)
        ]

    new, revoked = await publish(documents(), EVERYONE)
    assert (new, [item.sha256 for item in revoked]) == (0, [digest(REGIONS)])
    assert await TrustedDocument.filter(revoked_at=None).count() == 0
    assert (await publish(documents(), EVERYONE, again=True))[0] == 2
    assert (await publish(documents(), EVERYONE))[0] == 0
    assert await TrustedDocument.filter(revoked_at=None).count() == 2


async def test_publishing_within_another_transaction_that_fails_leaves_nothing(
    database: str,
) -> None:
    assert database
    try:
        async with transaction():
            await published(REGIONS)
            raise LookupError
    except LookupError:
        assert await TrustedDocument.all().count() == 0
