"""A condition without a value never widens a filter, however it is sent."""

import json
from pathlib import Path

from tests.schema.omissions import check, documents
from tests.support.application import bearer, served
from tests.support.talking import Talking

DOCUMENTS = [(text, case) for text, case in documents() if "{ volunteers(" in text]


async def test_by_post_and_get_too(populated: str, tmp_path: Path) -> None:
    async with served(populated, tmp_path) as client:
        headers = bearer(tmp_path, "analyst")
        for text, case in DOCUMENTS:
            body = {"query": text, "variables": case.values}
            url = {"query": text, "variables": json.dumps(case.values)}
            for answer in (
                await client.post("/graphql", json=body, headers=headers),
                await client.get("/graphql", params=url, headers=headers),
            ):
                check(text, case, answer.json())


async def test_over_a_socket_too(server_alone: Talking) -> None:
    token = server_alone.token("analyst")
    async with server_alone.socket({"authorization": f"Bearer {token}"}) as socket:
        for number, (text, case) in enumerate(DOCUMENTS):
            payload = {"query": text, "variables": case.values}
            await socket.send(
                json.dumps({"id": str(number), "type": "subscribe", "payload": payload})
            )
            found = json.loads(await socket.recv())["payload"]
            check(text, case, {"errors": found} if isinstance(found, list) else found)
            if isinstance(found, dict):
                assert json.loads(await socket.recv())["type"] == "complete"
