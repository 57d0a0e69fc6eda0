"""GraphiQL, served without any other host, opened on example queries that work."""

import json
from html import escape
from importlib.resources import files
from pathlib import Path
from secrets import token_urlsafe

from starlette.responses import HTMLResponse

ASSETS = Path(
    str(files("graphene_django_graphiql_static") / "static" / "graphene_django_graphiql_static")
)
ASSETS_URL = "/graphiql"
HERE = Path(__file__).parent
# Scripts and styles come from files of this server, or are those of the page, which know its nonce.
POLICY = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; "
    "img-src 'self' data:; font-src 'self' data:; base-uri 'none'; frame-ancestors 'none'"
)
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
    nonce = token_urlsafe()
    sent = {"Authorization": f"Bearer {token}", "X-Purpose": ""}
    values = {
        "tabs": [{"query": query} for query in examples()],
        "headers": json.dumps(sent, indent=2),
    }
    html = (HERE / "graphiql.html").read_text(encoding="utf-8")
    html = html.replace("{{ note }}", escape(note)).replace("{{ nonce }}", nonce)
    for name, value in values.items():
        html = html.replace(f"{{{{ {name} }}}}", json.dumps(value).replace("<", "\\u003c"))
    policy = POLICY.format(nonce=nonce)
    headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store"}
    return HTMLResponse(html, headers=headers)
