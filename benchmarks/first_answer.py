"""Time to the first successful query: waits for a server, then compares its figures.

Fails unless every published figure of 2025 agrees with the counted one.
"""

import argparse
import os
import sys
import time

import httpx

QUERY = "{ statistics(year: 2025) { figures { code counted published agrees } } }"


def wait(client: httpx.Client, patience: float, process: int) -> float:
    """Return the seconds until the server is ready; raises if it ends or times out."""
    begin = time.monotonic()
    while time.monotonic() - begin < patience:
        try:
            if client.get("/healthz/ready").status_code == 200:
                return time.monotonic() - begin
        except httpx.TransportError:
            pass
        os.kill(process, 0)
        time.sleep(0.1)
    raise TimeoutError(f"not ready after {patience:g} s")


def main() -> None:
    """Run it from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--patience", type=float, default=300)
    parser.add_argument("--process", type=int, required=True)
    arguments = parser.parse_args()
    base = f"http://127.0.0.1:{arguments.port}"
    with httpx.Client(base_url=base, timeout=30) as client:
        seconds = wait(client, arguments.patience, arguments.process)
        begin = time.monotonic()
        answer = client.post("/graphql", json={"query": QUERY}).json()
        answered = time.monotonic() - begin
    figures = [f for f in answer["data"]["statistics"]["figures"] if f["agrees"] is not None]
    for figure in figures:
        print(f"{figure['code']:32} {figure['counted']:>20} {figure['published']:>20}")
    print(f"ready after {seconds:.1f} s, answered in {answered * 1000:.0f} ms")
    sys.exit(not figures or not all(figure["agrees"] for figure in figures))


if __name__ == "__main__":
    main()
