"""GraphiQL, served without any other host, opened on example queries that work."""

import json
from importlib.resources import files
from pathlib import Path

from starlette.responses import HTMLResponse

ASSETS = Path(
    str(files("graphene_django_graphiql_static") / "static" / "graphene_django_graphiql_static")
)
ASSETS_URL = "/graphiql"
HERE = Path(__file__).parent
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; script-src 'self' 'unsafe-inline'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def examples() -> list[str]:
    """The example queries in the order of their file names."""
    paths = sorted((HERE / "examples").glob("*.graphql"))
    return [path.read_text(encoding="utf-8") for path in paths]


def page() -> HTMLResponse:
    """GraphiQL with one tab for each example."""
    tabs = json.dumps([{"query": query} for query in examples()]).replace("<", "\\u003c")
    html = (HERE / "graphiql.html").read_text(encoding="utf-8").replace("{{ tabs }}", tabs)
    return HTMLResponse(html, headers=HEADERS)
