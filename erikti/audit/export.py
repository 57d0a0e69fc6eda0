"""Export of the log as a bundle for verification: entries, checkpoints and a signed manifest."""

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

    Raises FileExistsError if the folder exists.
    """
    _copy(checkpoints, folder)
    count = 0
    async with opened_source(url) as source:
        database = await source.identity()
        with (folder / "entries.jsonl").open("wb") as file:
            async for entry in source.entries():
                file.write(canonical({**entry.payload, "hash": entry.hash}) + b"\n")
                count += 1
    (folder / "public.pem").write_bytes(public_pem(key))
    _sign(folder, key, database)
    return count


def _copy(checkpoints: Path, folder: Path) -> None:
    """Copy the checkpoints, before the entries, so that all signed entries are exported."""
    folder.mkdir(parents=True)
    kept = folder / "checkpoints"
    kept.mkdir()
    for writer, size in sorted(whole_sizes(checkpoints).items()):
        copy = kept / f"{writer}.jsonl"
        shutil.copyfile(checkpoints / copy.name, copy)
        os.truncate(copy, size)  # later lines may refer to files that were not copied


def _sign(folder: Path, key: Ed25519PrivateKey, database: str | None) -> None:
    """Write a signed manifest of all files, so that removing one is detected."""
    files = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        with path.open("rb") as file:
            files[path.relative_to(folder).as_posix()] = file_digest(file, "sha256").hexdigest()
    payload = {
        "database": database,
        "files": files,
        "key": key_id(key),
        "recorded_at": microseconds(datetime.now(UTC)),
    }
    signed = {**payload, "signature": key.sign(canonical(payload)).hex()}
    (folder / "manifest.json").write_text(json.dumps(signed, indent=1) + "\n", encoding="utf-8")
