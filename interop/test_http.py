"""GraphQL over HTTP, checked by the audits of its reference implementation."""

import json
from collections.abc import Callable

import pytest

from interop.packages import Packages
from interop.service import Service

AUDITS = 61


@pytest.mark.claim("GraphQL over HTTP: all audits of the reference implementation")
def test_every_audit_passes(service: Service, proven: Callable[..., None]) -> None:
    packages = Packages("http")
    audits = json.loads(packages.run("audit.js", service.url))
    failed = [audit for audit in audits if audit["status"] != "ok"]
    assert not failed
    assert len(audits) == AUDITS
    proven("graphql-http", packages.version("graphql-http"), f"{len(audits)} of {AUDITS} audits")
