"""GraphiQL, served without any other host, opened on example queries that work."""

import json
from html import escape
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
    "Cache-Control": "no-store",
}
NOTE = (
    "Headers: put your access token behind Bearer. Without one you see what is public. "
    "Personal data also takes X-Purpose, such as REGISTRATION or a case number."
)


def examples() -> list[str]:
    """The example queries in the order of their file names."""
    paths = sorted((HERE / "examples").glob("*.graphql"))
    return [path.read_text(encoding="utf-8") for path in paths]


def page(token: str = "", note: str = NOTE) -> HTMLResponse:
    """GraphiQL with one tab for each example, whose headers hold the token and leave room for more.

    ``note`` is a line above it. A page with a token is for one visit: nobody may keep it.
    """
    sent = {"Authorization": f"Bearer {token}", "X-Purpose": ""}
    values = {
        "tabs": [{"query": query} for query in examples()],
        "headers": json.dumps(sent, indent=2),
    }
    html = (HERE / "graphiql.html").read_text(encoding="utf-8").replace("{{ note }}", escape(note))
    for name, value in values.items():
        html = html.replace(f"{{{{ {name} }}}}", json.dumps(value).replace("<", "\\u003c"))
    return HTMLResponse(html, headers=HEADERS)
