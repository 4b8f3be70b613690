"""The analyst's page: a shell that the server fills, and scripts that ask the API."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Response
from fastapi.responses import FileResponse, HTMLResponse
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from pipeline.service.edition import Edition, Editions
from pipeline.similarity.asking.symbols import sectors
from pipeline.similarity.classical import MEASURES

STATIC = Path(str(files("pipeline.service"))) / "static"
POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
"""Nothing from any other host; plotly writes styles into its figures, and pictures as blobs."""


def serve(app: FastAPI, editions: Editions) -> None:
    """Add the page and what it loads to an application."""

    @app.get("/", include_in_schema=False)
    def shell() -> Response:
        page = HTMLResponse(filled(editions.current()))
        page.headers["content-security-policy"] = POLICY
        page.headers["cache-control"] = "no-cache"
        return page

    @app.get("/static/plotly.min.js", include_in_schema=False)
    def plotly() -> Response:
        return FileResponse(plotly_script(), media_type="text/javascript")

    app.mount("/static", StaticFiles(directory=STATIC), name="static")


def filled(edition: Edition, top: int = 10, held: Mapping[str, Any] | None = None) -> str:
    """Return the shell, filled with what an edition offers to ask.

    Parameters
    ----------
    edition : Edition
        What answers.
    top : int
        Peers that are listed where nothing else is asked.
    held : mapping, optional
        What the page holds itself (see `pipeline.service.saved`) where nothing serves it.
    """
    peers = edition.peers
    first, last = peers.span()
    titles = {"learned": "learned"} | {name: one.title for name, one in MEASURES.items()}
    page: str = _page().render(
        firms=len(peers.symbols),
        first=str(first),
        last=str(last),
        record=edition.record,
        published=peers.published,
        sectors=sectors(peers.firms),
        measures=[(name, titles[name]) for name in peers.beside],
        largest=peers.largest(),
        top=top,
        held=held,
    )
    return page


def plotly_script() -> Path:
    """Return where plotly's own script is, in its package."""
    return Path(str(files("plotly"))) / "package_data" / "plotly.min.js"


@cache
def _page() -> Template:
    """Return the shell's template."""
    loader = PackageLoader("pipeline.service", ".")
    templates = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
    return templates.get_template("page.html.jinja")
