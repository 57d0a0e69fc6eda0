"""Which keys the database's sealed values are under, and whether the process has them."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from tortoise.models import Model

from erikti.database.connection import dialect, fetch, transaction
from erikti.database.fields import Text
from erikti.database.sealed import keyring
from erikti.database.write_lock import FOREVER, LockTimeout, exclusive
from erikti.sealing import HASH, Keyring, SealingError

PLAIN = "plain"  # stands for values of before that no key seals yet


class SealingKey(Model):
    """A key that values may be sealed under, or made hashes with; its proof tells it from others.

    Whoever writes sealed values puts the key down first, in the same transaction.
    """

    id = Text(max_length=16, primary_key=True)
    proof = Text(max_length=64)

    class Meta:
        table = "sealing_keys"


async def recorded() -> dict[str, str]:
    """The proofs of the keys that the database knows, by id."""
    return {row[0]: row[1] for row in await fetch("SELECT id, proof FROM sealing_keys")}


async def check() -> None:
    """See that every sealed value can be read, and found by its hash, with the keys in use.

    It reads a few rows, however many people there are. Raises SealingError.
    """
    known = await recorded()
    fit(keyring(), known)
    fit_hashes(keyring(), known)
    if PLAIN in known:
        raise SealingError("the database holds personal data unsealed: run erikti migrate")


def fit_hashes(keys: Keyring, known: Mapping[str, str]) -> None:
    """Raise SealingError unless the database's hashes, if it has any, are of a keyring's key."""
    if HASH in known and not keys.proves(HASH, known[HASH]):
        raise SealingError(
            "the key 'hash' is not the one that the database's hashes were made with: "
            "run erikti keys rotate to make them anew, or restore the key"
        )


def fit(keys: Keyring, known: Mapping[str, str]) -> None:
    """Raise SealingError unless a keyring has every other key that the database knows."""
    for name, proof in known.items():
        if name in (HASH, PLAIN):
            continue
        if name not in keys:
            raise SealingError(
                f"the database holds values under the key {name!r}, which is not among the keys "
                "in use: add it to ERIKTI_KEYS"
            )
        if not keys.proves(name, proof):
            raise SealingError(
                f"the key {name!r} is not the one that the database's values are under"
            )


async def enter() -> None:
    """Check the keys in use, and put down the current one: before sealed values are written.

    Within the transaction of those writes, so that nobody takes the key off the list meanwhile.
    """
    await check()
    await put_down(keyring())


async def put_down(keys: Keyring) -> None:
    """Record the keys that are written with; those that are there stay, and are locked."""
    for name in (keys.current, HASH):
        one, two = map(dialect().param, (1, 2))
        await fetch(
            f"INSERT INTO sealing_keys (id, proof) VALUES ({one}, {two}) "
            "ON CONFLICT (id) DO UPDATE SET id = excluded.id",
            [name, keys.proof(name)],
        )


@asynccontextmanager
async def turn(patience: LockTimeout = FOREVER) -> AsyncIterator[Any]:
    """A transaction in which no other process writes people, as soon as it can be had.

    Raises BusyError where ``exclusive`` does.
    """
    async with AsyncExitStack() as stack:
        yield await exclusive(lambda: _begun(stack), patience)


async def _begun(stack: AsyncExitStack) -> Any:
    async with AsyncExitStack() as beginning:
        client = await beginning.enter_async_context(transaction())
        # It changes nothing; its row lock, or SQLite's own, is held to the end.
        lock = "UPDATE regions SET kind = kind WHERE code = (SELECT min(code) FROM regions)"
        await fetch(lock)
        stack.push_async_exit(beginning.pop_all())
    return client
