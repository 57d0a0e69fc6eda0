"""The keys that seal the database's values, and checks that the process has them."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from tortoise.models import Model

from erikti.database.connection import dialect, fetch, transaction
from erikti.database.fields import Text
from erikti.database.sealed import keyring
from erikti.database.write_lock import FOREVER, LockTimeout, exclusive
from erikti.sealing import HASH, Keyring, SealingError

PLAIN = "plain"  # the ID for unsealed values of an earlier version


class SealingKey(Model):
    """A key that values may be sealed under, or made hashes with; its proof tells it from others.

    A transaction that writes sealed values must record the key first.
    """

    id = Text(max_length=16, primary_key=True)
    proof = Text(max_length=64)

    class Meta:
        table = "sealing_keys"


async def recorded_keys() -> dict[str, str]:
    """Return the proofs of the keys that the database uses, by ID."""
    return {row[0]: row[1] for row in await fetch("SELECT id, proof FROM sealing_keys")}


async def check() -> None:
    """Check that the keys in use can read every sealed value and find it by its hash.

    Reads only the list of keys. Raises SealingError.
    """
    known = await recorded_keys()
    check_keys(keyring(), known)
    check_hash_key(keyring(), known)
    if PLAIN in known:
        raise SealingError("the database has unsealed personal data: run erikti migrate")


def check_hash_key(keys: Keyring, known: Mapping[str, str]) -> None:
    """Raise SealingError if the database's hashes were made with another hash key."""
    if HASH in known and not keys.proves(HASH, known[HASH]):
        raise SealingError(
            "the key 'hash' is not the one that the database's hashes were made with: "
            "run erikti keys rotate to rehash, or restore the key"
        )


def check_keys(keys: Keyring, known: Mapping[str, str]) -> None:
    """Raise SealingError unless a keyring has every sealing key that the database uses."""
    for name, proof in known.items():
        if name in (HASH, PLAIN):
            continue
        if name not in keys:
            raise SealingError(
                f"the database has values sealed with the key {name!r}, which is not among the "
                "keys in use: add it to ERIKTI_KEYS"
            )
        if not keys.proves(name, proof):
            raise SealingError(
                f"the key {name!r} is not the one that the database's values are sealed with: "
                "restore it in ERIKTI_KEYS"
            )


async def record_current_keys() -> None:
    """Check the keys in use and record the current one, before sealed values are written.

    Call it within the transaction of those writes, so that the key cannot be retired meanwhile.
    """
    await check()
    await record_keys(keyring())


async def record_keys(keys: Keyring) -> None:
    """Record the keys used for writing, and lock their rows."""
    for name in (keys.current, HASH):
        one, two = map(dialect().param, (1, 2))
        await fetch(
            f"INSERT INTO sealing_keys (id, proof) VALUES ({one}, {two}) "
            "ON CONFLICT (id) DO UPDATE SET id = excluded.id",
            [name, keys.proof(name)],
        )


@asynccontextmanager
async def exclusive_transaction(patience: LockTimeout = FOREVER) -> AsyncIterator[Any]:
    """Open a transaction in which no other process writes people, waiting for it if necessary.

    Raises BusyError like ``exclusive``.
    """
    async with AsyncExitStack() as stack:
        yield await exclusive(lambda: _begun(stack), patience)


async def _begun(stack: AsyncExitStack) -> Any:
    async with AsyncExitStack() as beginning:
        client = await beginning.enter_async_context(transaction())
        # Changes nothing, but takes a row lock (SQLite: the write lock) until the end.
        lock = "UPDATE regions SET kind = kind WHERE code = (SELECT min(code) FROM regions)"
        await fetch(lock)
        stack.push_async_exit(beginning.pop_all())
    return client
