"""Requests with the headers of browsers and gateways differ where real ones do."""

import re

from benchmarks.ways import SENT, filled

DIFFERENT = {"x-request-id": r"[0-9a-f]{32}", "traceparent": r"00-[0-9a-f]{32}-[0-9a-f]{16}-01"}


def test_ids_differ_from_request_to_request_and_nothing_else() -> None:
    first, second = filled(SENT.headers), filled(SENT.headers)
    assert first.keys() == second.keys() == SENT.headers.keys()
    assert {name for name in first if first[name] != second[name]} == set(DIFFERENT)
    for name, form in DIFFERENT.items():
        assert re.fullmatch(form, first[name])
