"""Content negotiation."""

import pytest

from erikti.endpoint.http.negotiation import ANSWERS, GRAPHQL_JSON, JSON, PAGE, preferred

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("application/json", JSON),
        ("APPLICATION/GraphQL-Response+JSON", GRAPHQL_JSON),
        ("application/graphql-response+json; charset=utf-8, application/json", GRAPHQL_JSON),
        ("application/json, application/graphql-response+json", JSON),
        ("application/json;q=0.5, application/graphql-response+json;q=0.6", GRAPHQL_JSON),
        ("application/graphql-response+json;q=0.1, */*", JSON),
        ("application/json;q=0, */*", GRAPHQL_JSON),
        ("*/*;q=0.1, application/graphql-response+json;q=0", JSON),
        ("text/plain, application/json;q=0.2", JSON),
        ("application/json;q=huge, application/graphql-response+json", GRAPHQL_JSON),
        ("application/json;q=7", JSON),
        (",;,;q=", JSON),
        ("text/plain", None),
        ("application/json;q=0", None),
        ("application/json;q=0, application/graphql-response+json;q=0, */*", None),
    ],
)
def test_the_preferred_media_type_is_sent(accept: str, media: str | None) -> None:
    assert preferred(accept) == media


def test_a_page_is_sent_only_if_preferred() -> None:
    offers = (*ANSWERS, PAGE)
    assert preferred(BROWSER, offers) == PAGE
    assert preferred("application/json, text/html", offers) == JSON
    assert preferred("text/html;q=0.1, application/json", offers) == JSON
    assert preferred("*/*", offers) == JSON
