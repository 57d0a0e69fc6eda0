"""A stream or socket ends once the key of its token is withdrawn, as if the token had expired."""

import asyncio
from pathlib import Path

import httpx

from tests.support.issuer import Issuer, new_keys, running
from tests.support.processes import erikti
from tests.support.talking import CHANGED, Talking, ask, closed, heard, organisations, talking

ROLE = {"query": "{ viewer { role } }"}
LIMITS = {
    "ERIKTI_LIMIT_PING_SECONDS": "5",  # in which a busy machine answers a ping
    "ERIKTI_LIMIT_WATCH_SECONDS": "0.2",
    "ERIKTI_LIMIT_RECOUNT_SECONDS": "0.2",
}
NO_PING = {"ERIKTI_LIMIT_PING_SECONDS": "60"}


async def withdraw(issuer: Issuer, server: Talking) -> None:
    """Replace the keys of the provider, and send the server a token signed with a new one."""
    issuer.keys = new_keys("-2")
    headers = {"Authorization": f"Bearer {issuer.token()}"}
    async with server.client() as client:
        while (await client.post("/graphql", json=ROLE, headers=headers)).status_code != 200:  # noqa: ASYNC110
            await asyncio.sleep(0.2)  # the server looks for new keys now and then


async def rest(answer: httpx.Response) -> str:
    """Return the rest of a response."""
    return "".join([text async for text in answer.aiter_text()])


async def test_a_stream_ends(own_country: Path) -> None:
    with running() as issuer:
        variables = {**LIMITS, "ERIKTI_OIDC_ISSUER": issuer.url}
        with talking(own_country, **variables) as server:
            headers = {
                "Accept": "text/event-stream",
                "Authorization": f"Bearer {issuer.token()}",
            }
            async with (
                server.client() as client,
                client.stream("POST", "/graphql", json={"query": CHANGED}, headers=headers) as got,
            ):
                assert got.status_code == 200
                await withdraw(issuer, server)
                text = await rest(got)
            assert "UNAUTHENTICATED" in text
            assert "unknown key" in text
            assert text.endswith("event: complete\ndata:\n\n")


async def test_a_socket_ends_with_its_next_event(own_country: Path, tmp_path: Path) -> None:
    with running() as issuer:
        variables = {**LIMITS, **NO_PING, "ERIKTI_OIDC_ISSUER": issuer.url}
        with talking(own_country, **variables) as server:
            payload = {"authorization": f"Bearer {issuer.token()}"}
            async with server.socket(payload) as socket:
                await ask(socket, "1", CHANGED)
                assert (await heard(socket))["type"] == "next"
                await withdraw(issuer, server)
                file = organisations(tmp_path, 1)
                done = await asyncio.to_thread(
                    erikti, "import", "organisations", file, ERIKTI_DATA=str(own_country)
                )
                assert done.returncode == 0, done.stdout
                assert await closed(socket) == 4403


async def test_an_idle_socket_ends_with_its_next_ping(own_country: Path) -> None:
    with running() as issuer:
        variables = {**LIMITS, "ERIKTI_OIDC_ISSUER": issuer.url}
        with talking(own_country, **variables) as server:
            payload = {"authorization": f"Bearer {issuer.token()}"}
            async with server.socket(payload) as socket:
                await withdraw(issuer, server)
                assert await closed(socket) == 4403
