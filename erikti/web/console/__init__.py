"""GraphiQL with example queries; all its files are served by this server."""

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
# Allows only scripts and styles from this server, and those in the page, which have the nonce.
POLICY = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; "
    "img-src 'self' data:; font-src 'self' data:; base-uri 'none'; frame-ancestors 'none'"
)
NOTE = (
    "Headers: put your access token after Bearer. Without one you see public data. "
    "Personal data also requires X-Purpose, such as REGISTRATION or a case number."
)


def examples() -> list[str]:
    """Return the example queries in the order of their file names."""
    paths = sorted((HERE / "examples").glob("*.graphql"))
    return [path.read_text(encoding="utf-8") for path in paths]


def page(token: str = "", note: str = NOTE) -> HTMLResponse:
    """Return GraphiQL with a tab for each example, and headers with the token and a purpose.

    ``note`` is a line above it. The page may contain a token, so it must not be cached.
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
