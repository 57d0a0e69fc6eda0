"""The routes for operators: liveness, readiness and metrics."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from erikti.audit import AccessLog
from erikti.cache import ResponseCache
from erikti.serving.http_protocol import DRAINING
from erikti.settings import Settings
from models import readiness


class Health:
    """Reports whether an application can serve, and with what restriction."""

    def __init__(self, settings: Settings, log: AccessLog, cache: ResponseCache | None) -> None:
        self._settings = settings
        self._log = log
        self._cache = cache

    def routes(self) -> list[BaseRoute]:
        """Liveness and readiness."""
        return [Route("/healthz/live", _live), Route("/healthz/ready", self._ready)]

    def metrics_route(self) -> BaseRoute:
        """The metrics, in the text format of Prometheus."""
        return Route("/metrics", self._metrics)

    async def _ready(self, request: Request) -> Response:
        settings = self._settings
        if getattr(request.state, DRAINING, False):
            return JSONResponse({"status": "stopping"}, 503)
        reason = await readiness.unreadiness(settings.database_url, settings.oidc_issuer)
        if reason:
            return JSONResponse({"status": "unavailable", "reason": reason}, 503)
        if reason := await self._impairment():
            # Still in service: public data can be read.
            return JSONResponse({"status": "degraded", "reason": f"no personal data: {reason}"})
        return JSONResponse({"status": "ready"})

    async def _impairment(self) -> str | None:
        """Why personal data cannot be sent now; None if it can."""
        if reason := await readiness.impairment():
            return reason
        settings = self._settings
        places = {"the folder of checkpoints": settings.checkpoints}
        if settings.embedded:
            path = settings.database_url.removeprefix("sqlite://").partition("?")[0]
            places["the database"] = Path(path).parent
        for name, folder in places.items():
            if reason := await readiness.unwritable(folder):
                return f"{name} cannot be used: {reason}"
        return None if self._log.available else "the access log cannot be written"

    async def _metrics(self, _: Request) -> Response:
        counts = self._cache.metrics if self._cache else {}
        figures = {f"response_cache_{name}": number for name, number in counts.items()}
        figures["degraded"] = await self._impairment() is not None
        lines = (f"erikti_{name} {number:d}\n" for name, number in figures.items())
        return PlainTextResponse("".join(lines))


async def _live(_: Request) -> Response:
    # Not a plain function, which Starlette would run in a thread, behind others.
    return JSONResponse({"status": "live"})
