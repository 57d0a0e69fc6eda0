"""Tokens: rejection of all kinds of forged ones, and the cost of a valid one."""

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

from erikti.auth.authenticator import Authenticator, authenticator
from erikti.errors import InvalidTokenError
from tests.support.forgeries import FORGERIES
from tests.support.issuer import AUDIENCE, SIGNERS, Issuer, running

SEEN = 20_000  # requests with the same token
NEW = 500  # tokens of each algorithm that are used once


async def refused(server: Authenticator, issuer: Issuer) -> int:
    """Return the number of rejected kinds of forged tokens, printing each."""
    count = 0
    for name, forgery in FORGERIES.items():
        try:
            await server.principal(forgery.make(issuer).encode())
        except InvalidTokenError as error:
            count += error.description == forgery.reason
            print(f"  refused  {name}: {error.description}")
        else:
            print(f"  TAKEN    {name}")
    return count


async def cost(server: Authenticator, tokens: list[str]) -> str:
    """Return the elapsed and processor time per request with these tokens."""
    requests = [[(b"authorization", f"Bearer {token}".encode())] for token in tokens]
    passed, used = [], []
    for headers in requests:
        begin, begin_used = time.perf_counter(), time.thread_time()
        await server(headers, "127.0.0.1")
        used.append((time.thread_time() - begin_used) * 1e6)
        passed.append((time.perf_counter() - begin) * 1e6)
    return "   ".join(
        f"{name} p50 {cuts[49]:4.0f} µs p99 {cuts[98]:5.0f} µs"
        for name, cuts in (
            ("time", statistics.quantiles(passed, n=100)),
            ("CPU", statistics.quantiles(used, n=100)),
        )
    )


async def run(issuer: Issuer, folder: Path) -> bool:
    """Print the results; return whether all forged tokens were rejected."""
    server = authenticator(issuer.url, AUDIENCE, folder)
    await server.principal(issuer.token().encode())
    count = await refused(server, issuer)
    print(f"{count} of {len(FORGERIES)} kinds of forged tokens are refused, each for its reason")
    print(f"a good token that was seen     {await cost(server, [issuer.token()] * SEEN)}")
    for algorithm in SIGNERS:
        new = [issuer.token(algorithm) for _ in range(NEW)]
        print(f"a new one, {algorithm:8}            {await cost(server, new)}")
    once = [issuer.token("Ed25519", erikti_single_use=True) for _ in range(NEW)]
    print(f"a new one for single use       {await cost(server, once)}")
    return count == len(FORGERIES)


def main() -> None:
    """Run it from the command line."""
    with running() as issuer, tempfile.TemporaryDirectory() as folder:
        sys.exit(not asyncio.run(run(issuer, Path(folder))))


if __name__ == "__main__":
    main()
