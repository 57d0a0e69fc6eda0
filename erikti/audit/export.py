"""A bundle of the log that can be verified elsewhere: entries, checkpoints, a signed manifest."""

import json
import os
import shutil
from datetime import UTC, datetime
from hashlib import file_digest
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from erikti.audit.entries import canonical
from erikti.audit.signing_key import key_id, public_pem
from erikti.audit.verifier import opened_source, whole_sizes
from models.access import microseconds


async def export(url: str, checkpoints: Path, key: Ed25519PrivateKey, folder: Path) -> int:
    """Write the log to a new folder; return the number of entries.

    Raises FileExistsError where the folder is there.
    """
    _copy(checkpoints, folder)
    count = 0
    async with opened_source(url) as source:
        database = await source.identity()
        with (folder / "entries.jsonl").open("wb") as file:
            async for entry in source.entries():
                file.write(canonical({**entry.said, "hash": entry.hash}) + b"\n")
                count += 1
    (folder / "public.pem").write_bytes(public_pem(key))
    _sign(folder, key, database)
    return count


def _copy(checkpoints: Path, folder: Path) -> None:
    """Before the entries: what a checkpoint signs for must not be younger than they are."""
    folder.mkdir(parents=True)
    kept = folder / "checkpoints"
    kept.mkdir()
    for writer, size in sorted(whole_sizes(checkpoints).items()):
        copy = kept / f"{writer}.jsonl"
        shutil.copyfile(checkpoints / copy.name, copy)
        os.truncate(copy, size)  # what came after that moment may speak of what was not copied


def _sign(folder: Path, key: Ed25519PrivateKey, database: str | None) -> None:
    """Say what the bundle holds, so that nothing can be left out of it on its way."""
    files = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        with path.open("rb") as file:
            files[path.relative_to(folder).as_posix()] = file_digest(file, "sha256").hexdigest()
    said = {
        "database": database,
        "files": files,
        "key": key_id(key),
        "recorded_at": microseconds(datetime.now(UTC)),
    }
    signed = {**said, "signature": key.sign(canonical(said)).hex()}
    (folder / "manifest.json").write_text(json.dumps(signed, indent=1) + "\n", encoding="utf-8")
