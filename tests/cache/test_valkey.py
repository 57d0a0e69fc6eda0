"""One client for the cache, the budgets and the registered documents: they fail and recover alike."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from erikti.cache import ResponseCache, Valkey
from erikti.cache.valkey import CONNECTIONS, ValkeyAwayError, Work
from erikti.guard.budget import Budget
from erikti.settings import Settings
from erikti.trusted_documents.persisted_queries import PersistedQueries
from tests.cache.computation import SOON, Computation
from tests.support.application import served
from tests.support.databases import KEYS
from tests.support.valkey import OwnValkey, client_of
from tests.support.waiting import until

TEXT = "{ regions { code } }"
HASH = sha256(TEXT.encode()).hexdigest()
TAGS = {"Volunteer"}
FOREVER = 1000.0


class Users:
    """All that uses Valkey in a process, over one client."""

    def __init__(self, valkey: Valkey) -> None:
        self.cache = ResponseCache(valkey)
        self.budget = Budget(3_600, valkey)
        self.documents = PersistedQueries(valkey)
        self.compute = Computation()

    async def answer(self) -> bytes:
        """The cached response."""
        return (await self.cache.answer(b"a key", TAGS, self.compute)).body

    async def spent(self) -> int:
        """How many points were spent, this one included."""
        return 100 - (await self.budget.spend("a", 1, 100)).remaining

    async def known(self) -> bool:
        """Whether a document is registered; not from the memory of this process."""
        store = PersistedQueries(self.documents._valkey)
        return await store.find(HASH) == TEXT

    async def fill(self) -> None:
        """Use Valkey in all three ways."""
        assert (await self.answer(), await self.spent()) == (b"answer 1", 1)
        await self.documents.keep(HASH, TEXT)
        assert await self.known()


FIRST: dict[str, Callable[[Users], Awaitable[object]]] = {
    "cache": Users.answer,
    "budget": Users.spent,
    "documents": Users.known,
    "drop": lambda users: users.cache.drop({"Forum"}),
}


@pytest.mark.parametrize("first", FIRST)
@pytest.mark.parametrize("happens", [OwnValkey.freeze, OwnValkey.kill])
async def test_one_failure_makes_all_fall_back_at_once_and_return_together(
    own_valkey: OwnValkey,
    caplog: pytest.LogCaptureFixture,
    first: str,
    happens: Callable[[OwnValkey], None],
) -> None:
    async with client_of(own_valkey.url, pause=0.2, timeout=SOON) as valkey:
        users = Users(valkey)
        await users.fill()
        happens(own_valkey)
        assert await FIRST[first](users) != b"answer 1"
        assert valkey.away
        async with asyncio.timeout(SOON / 2):  # nothing waits for Valkey any more
            computed = [await users.answer() for _ in range(2)]
            assert computed[0] != computed[1]
            assert await users.spent() <= 2
            assert not await users.known()
        (warning,) = [r.getMessage() for r in caplog.records if r.levelname == "WARNING"]
        assert "Valkey cannot be used" in warning
        own_valkey.thaw() if happens is OwnValkey.freeze else own_valkey.start()
        await until(lambda: not valkey.away)
        if happens is OwnValkey.freeze:
            assert await users.answer() == b"answer 1"
            assert await users.known()
            assert await users.spent() >= 2
        else:
            again = [await users.answer() for _ in range(2)]
            assert again[0] == again[1]
        assert valkey.outages == users.cache.metrics["outages"] == 1


async def test_work_is_done_before_valkey_is_used_again(own_valkey: OwnValkey) -> None:
    async with client_of(own_valkey.url, pause=0.05) as valkey:
        done: list[bool] = []

        async def work() -> None:
            done.append(valkey.away)
            if len(done) == 2:
                raise ValueError

        def unfinished() -> Work | None:
            return work() if len(done) < 4 else None

        valkey.before_use(unfinished)
        valkey.lose(ValueError())
        await until(lambda: not valkey.away)
        assert done == [True] * 4


async def test_no_exchange_is_begun_while_valkey_is_away() -> None:
    async with client_of("redis://127.0.0.1:1", pause=FOREVER) as valkey:
        begun: list[bool] = []

        async def exchange() -> None:
            begun.append(True)

        await valkey.reach(exchange())
        valkey.lose(ValueError())
        with pytest.raises(ValkeyAwayError):
            await valkey.reach(exchange())
        assert begun == [True]
        await valkey.attempt(exchange())
        assert begun == [True] * 2


async def test_a_process_has_a_bounded_number_of_connections(own_valkey: OwnValkey) -> None:
    async with client_of(own_valkey.url) as valkey:
        users = Users(valkey)
        await users.fill()
        others = (users.cache.answer(b"%d" % number, TAGS, Computation()) for number in range(100))
        spending = (users.budget.spend(f"{number}", 1, 100) for number in range(100))
        finding = (users.known() for _ in range(100))
        await asyncio.gather(*others, *spending, *finding)
        with own_valkey.client() as client:
            assert len(client.client_list()) == CONNECTIONS + 1
        assert valkey.outages == 0


async def test_a_server_has_one_client_and_closes_it(
    database_url: str, tmp_path: Path, own_valkey: OwnValkey
) -> None:
    settings = Settings(
        "127.0.0.1", 0, tmp_path, database_url, "", cache_url=own_valkey.url, keys=KEYS
    )
    extensions = {"persistedQuery": {"version": 1, "sha256Hash": HASH}}
    body: dict[str, Any] = {"query": TEXT, "extensions": extensions}
    with own_valkey.client() as client:
        async with served(database_url, tmp_path, settings) as caller:
            for _ in range(2):
                assert (await caller.post("/graphql", json=body)).json()["data"]
            kinds = {name.split(b":")[1] for name in client.keys("*")}
            assert kinds == {b"answer", b"budget", b"document", b"position", b"tag"}
            assert len(client.client_list()) == 2
        await until(lambda: len(client.client_list()) == 1)


async def test_the_documented_commands_are_enough(own_valkey: OwnValkey) -> None:
    page = (Path(__file__).parents[2] / "docs/caching.md").read_text(encoding="utf-8")
    found = re.search(r"The user of the URL needs(.*?)Clusters", page, re.DOTALL)
    assert found is not None
    names = [name.lower() for name in re.findall(r"`([A-Z ]+)`", found[1])]
    rules = ["+" + name.replace(" ", "|") for name in names]
    with own_valkey.client() as client:
        assert client.execute_command(
            "ACL", "SETUSER", "erikti", "on", ">secret", "~erikti:*", *rules
        )
    url = own_valkey.url.replace("://", "://erikti:secret@") + "/1"
    async with client_of(url, pause=0.05) as valkey:
        users = Users(valkey)
        await users.fill()
        assert await users.cache.drop(TAGS)
        assert await users.answer() == b"answer 2"
        assert valkey.outages == 0
        valkey.lose(ValueError())
        assert not await users.cache.drop(TAGS)
        await until(lambda: not valkey.away)
        assert await users.answer() == b"answer 3"
        assert valkey.outages == 1
