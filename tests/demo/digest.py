"""A digest of all rows of a country, computed in a process: ``python -m tests.demo.digest``."""

from hashlib import sha256

from erikti.demo.nation import SEED, Nation
from erikti.demo.tables import tables


def digest(scale: float, seed: int = SEED) -> str:
    """Return the digest of every kind, row, column and value, in order."""
    found = sha256()
    for table in tables(Nation(scale, seed)):
        found.update(table.kind.encode())
        for row in table.rows():
            found.update(repr(sorted(row.items())).encode())
    return found.hexdigest()


if __name__ == "__main__":
    print(digest(0.01))
