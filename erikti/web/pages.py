"""Which pages an application serves, by its settings."""

from collections.abc import Callable

from starlette.responses import HTMLResponse

from erikti.auth.demo import DemoKeys
from erikti.settings import Settings
from erikti.web import console

DEMO_ROLE = "analyst"
DEMO_NOTE = (
    "Demo mode: the tab Headers has a token of the role {role}, valid for {minutes} minutes; "
    "reload the page for another. For personal data use a token from erikti token --as ministry "
    "and a header X-Purpose, such as REGISTRATION."
)


def console_page(settings: Settings) -> Callable[[], HTMLResponse]:
    """What makes the console for each visit: with a token in demo mode only."""
    if settings.production or settings.oidc_issuer is not None:
        return console.page
    keys, seconds = DemoKeys(settings.data), settings.limits.token_seconds
    note = DEMO_NOTE.format(role=DEMO_ROLE, minutes=int(seconds / 60))

    def page() -> HTMLResponse:
        token = keys.token(DEMO_ROLE, settings.oidc_audience, {}, seconds)
        return console.page(token, note)

    return page
