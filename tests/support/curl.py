"""What tests use of curl: ``python -m tests.support.curl URL [-s] [-H HEADER]... -d BODY``."""

import argparse

import httpx


def main() -> None:
    """Send one request and print the answer's body."""
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("-s", action="store_true")
    parser.add_argument("-H", action="append", default=[])
    parser.add_argument("-d", required=True)
    given = parser.parse_args()
    headers = [tuple(header.split(": ", 1)) for header in given.H]
    print(httpx.post(given.url, content=given.d, headers=headers, timeout=30).text)


if __name__ == "__main__":
    main()
