"""As many representations as gateways send, of each entity, through Hive Gateway."""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLObjectType, get_named_type, is_leaf_type, is_required_argument
from strawberry.relay import to_base64

from erikti.auth.demo import ISSUER, DemoKeys
from erikti.database.connection import Database, fetch
from erikti.guard.limits import Limits
from erikti.settings import AUDIENCE
from interop.graph import HIVE, PARTNER, Gateway, copied, free_port, hive_gateway, provider
from interop.packages import Packages
from interop.recorder import Recorder, recording
from interop.stubs import federated, stubs
from resolvers.dataloaders.tables import table
from resolvers.global_ids import NODES, key_text
from schema import SDL, schema
from tests.support.processes import serving

MOST = Limits().gateway_entities
PUBLIC = "Organisation"


async def _ids(data: Path) -> dict[str, list[str]]:
    """Return ids of each type, as many as there are."""
    found = {}
    async with Database(f"sqlite://{data}/erikti.db"):
        for name, node in NODES.items():
            records = table(node.model)
            rows = await fetch(f"SELECT {records.key} FROM {records.name} LIMIT {MOST}")
            found[name] = [to_base64(name, key_text(row[0])) for row in rows]
    return found


def _field(name: str) -> str:
    """Return a field of a type that the stub does not have."""
    type_ = schema._schema.get_type(name)
    assert isinstance(type_, GraphQLObjectType)
    simple = {
        field: get_named_type(definition.type)
        for field, definition in type_.fields.items()
        if field != "id" and not any(map(is_required_argument, definition.args.values()))
    }
    leaves = [field for field, below in simple.items() if is_leaf_type(below)]
    records = [f"{field} {{ id }}" for field, below in simple.items() if below.name in NODES]
    found: str = [*leaves, *records][0]
    return found


@pytest.fixture(scope="module")
def ids(data: Path) -> dict[str, list[str]]:
    """Return 1,000 ids of each type, the same again where there are fewer records."""
    known = asyncio.run(_ids(data))
    assert set(known) == set(NODES)
    return {
        name: [found[number % len(found)] for number in range(MOST)]
        for name, found in known.items()
        if found
    }


@contextmanager
def joined(
    erikti: str, ids: Mapping[str, Sequence[str]], folder: Path, **settings: str
) -> Iterator[tuple[Gateway, Recorder, Recorder]]:
    """Yield a gateway for Erikti and a subgraph of ids, with what it sends to each."""
    folder.mkdir()
    with stubs(ids) as partner, recording(erikti) as ours, recording(partner) as theirs:
        subgraphs = {"erikti": (ours.url, SDL), "stubs": (theirs.url, federated([*ids], folder))}
        config = HIVE / "gateway.js"
        with hive_gateway(subgraphs, folder, config, free_port(), "/graphql", **settings) as found:
            yield found, ours, theirs


def answered(gateway: Gateway, name: str, headers: dict[str, str]) -> list[Any]:
    """Return all records of a type, each with a field of Erikti's; nothing may fail."""
    query = f"{{ many{name} {{ id {_field(name)} }} }}"
    answer = gateway.post(query, headers, {}).json()
    assert "errors" not in answer, (name, json.dumps(answer["errors"])[:500])
    found: list[Any] = answer["data"][f"many{name}"]
    return found


def sent(recorder: Recorder) -> list[int]:
    """Return the numbers of representations in requests."""
    bodies = [body.get("variables") or {} for body in recorder.bodies]
    return [len(value) for body in bodies for value in body.values() if isinstance(value, list)]


@pytest.mark.claim("1,000 representations of each entity are answered, one request for each type")
def test_of_each_entity(
    data: Path, ids: dict[str, list[str]], tmp_path: Path, proven: Callable[..., None]
) -> None:
    keys = tmp_path / "keys.json"
    own = copied(data, tmp_path)
    token = DemoKeys(own).token("ministry", AUDIENCE, {}, 600)
    keys.write_text(Packages(PARTNER).run("demo-keys.js", own / "demo-tokens.pem"))
    headers = {"authorization": f"Bearer {token}", "x-purpose": "REGISTRATION"}
    with (
        serving(ERIKTI_DATA=str(own)) as (client, _),
        joined(
            f"{client.base_url}/graphql", ids, tmp_path / "hive", ISSUER=ISSUER, KEYS=str(keys)
        ) as (gateway, ours, _theirs),
    ):
        for name, known in ids.items():
            ours.clear()
            found = answered(gateway, name, headers)
            assert [record["id"] for record in found] == list(known)
            assert all(None not in record.values() for record in found), name
            assert sent(ours) in ([MOST], [len(set(known))]), name
    proven(gateway.tool, gateway.version, f"{len(ids)} types")


@pytest.mark.claim("callers without a token get as many, with the gateway's own token")
def test_without_a_token(
    data: Path, ids: dict[str, list[str]], tmp_path: Path, proven: Callable[..., None]
) -> None:
    own = copied(data, tmp_path)
    public = {PUBLIC: list(dict.fromkeys(ids[PUBLIC]))}
    with (
        provider() as issuer,
        serving(ERIKTI_DATA=str(own), ERIKTI_OIDC_ISSUER=issuer) as (client, _),
    ):
        url = f"{client.base_url}/graphql"
        secret = {"CLIENT_ID": "gateway", "CLIENT_SECRET": "secret-of-gateway"}
        with joined(url, public, tmp_path / "own", ISSUER=issuer, **secret) as (
            gateway,
            ours,
            theirs,
        ):
            ours.clear()
            assert len(answered(gateway, PUBLIC, {})) == len(public[PUBLIC]) > 100
            assert [bool(headers.get("authorization")) for headers in ours.headers] == [True]
            assert not any(headers.get("authorization") for headers in theirs.headers)
        few = {PUBLIC: public[PUBLIC][: Limits().entities + 1]}
        with joined(url, few, tmp_path / "none", ISSUER=issuer) as (gateway, _, _theirs):
            query = f"{{ many{PUBLIC} {{ id {_field(PUBLIC)} }} }}"
            (error, *_) = gateway.post(query, {}, {}).json()["errors"]
            assert error["extensions"]["limit"] == "entities"
    proven(gateway.tool, gateway.version, f"{len(public[PUBLIC])} organisations")
