"""The application: who may ask, what is answered, and how errors are told."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse
from starlette.middleware.gzip import GZipMiddleware

from pipeline import __version__
from pipeline.answers import origin_of
from pipeline.service import page, problems
from pipeline.service.api import routes
from pipeline.service.edition import Editions
from pipeline.service.hosts import Hosts
from pipeline.service.memory import LEVEL, SMALLEST, Memory

ABOUT = "Which firms move alike, since when, and why: read only, from what a run left."


def application(editions: Editions, allowed: Iterable[str] = ()) -> FastAPI:
    """Return the application.

    Parameters
    ----------
    editions : Editions
        What answers.
    allowed : iterable of str
        Hosts, beside the loopback, by whose names it may be asked.
    """
    # Pages of documentation would fetch their scripts from elsewhere.
    app = FastAPI(
        title="firmament", description=ABOUT, version=__version__, docs_url=None, redoc_url=None
    )

    @app.get("/healthz")
    def health() -> Response:
        """Say whether questions are answered, and from which run."""
        edition = editions.current()
        told = {"status": "ok", **origin_of(edition.record), "firms": len(edition.peers.symbols)}
        return JSONResponse(told | {"trouble": editions.trouble or None})

    app.include_router(routes(editions))
    page.serve(app, editions)
    problems.tell(app)
    app.add_middleware(GZipMiddleware, minimum_size=SMALLEST, compresslevel=LEVEL)
    app.add_middleware(Memory, editions=editions)
    app.add_middleware(Hosts, allowed=allowed)
    return app
