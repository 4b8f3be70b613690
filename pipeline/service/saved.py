"""The analyst's page as one file, which holds the answers that a service would give."""

from __future__ import annotations

import gzip
import json
import re
from base64 import b64encode
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from anyio.from_thread import BlockingPortal, start_blocking_portal

from pipeline.errors import InputError
from pipeline.service.app import application
from pipeline.service.edition import Editions
from pipeline.service.given import MOST_PEERS
from pipeline.service.page import STATIC, filled, plotly_script
from pipeline.store.file import check, whole
from pipeline.watch import Watch

SUFFIXES = (".html",)
EXPLAINED, DRAWN, LISTED = 2, 3, 5
"""Nearest peers of a firm with which it is explained, whose course is drawn, and that are listed of
a year."""
SESSIONS, POINTS = 60, 125
"""Days beside a forecast, and points of a line."""
COLUMNS = "="
"""What stands for a table in place of its rows: a name that no answer has."""
TOGETHER = 16
"""Firms whose answers are compressed as one: what they have in common is held once."""
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' data: blob:; style-src 'unsafe-inline'; "
    "img-src data: blob:; connect-src data:"
)
"""Nothing is asked of anyone."""

Answers = dict[str, Any]
Given = list[tuple[str, str]]


def save(editions: Editions, path: Path, top: int, watch: Watch) -> None:
    """Write the page of an edition into a file, whole or not at all.

    Parameters
    ----------
    editions : Editions
        What answers; the edition must last as long as this takes.
    path : Path
        A file whose name ends on ``.html``; one that is there already is replaced.
    top : int
        Peers that are listed of each firm.
    watch : Watch
        Told how many firms are done.

    Raises
    ------
    InputError
        Where the file cannot be written there, or there are too many firms for one.
    StoreError
        Where its folder cannot be written to.
    FirmamentError
        Where there is nothing to answer from.
    """
    check(path, SUFFIXES, "page")
    if top > MOST_PEERS:
        raise InputError(f"A page lists {MOST_PEERS} peers at most: ask for fewer than {top}.")
    edition = editions.current()
    symbols = edition.peers.symbols
    if len(symbols) > MOST_PEERS:
        raise InputError(
            f"A page holds {MOST_PEERS} firms at most, and the run compared {len(symbols)}: ask "
            "the service (firmament serve), or export peers."
        )
    packed = {}
    with start_blocking_portal() as portal:
        asked = _Asked(editions, top, portal)
        for number, first in enumerate(range(0, len(symbols), TOGETHER)):
            together: Answers = {}
            for symbol in symbols[first : first + TOGETHER]:
                together |= asked.firm(symbol)
            packed[str(number)] = _packed(together)
            watch.step("page", min(first + TOGETHER, len(symbols)), len(symbols))
        places = {symbol: place // TOGETHER for place, symbol in enumerate(symbols)}
        packed["index"] = _packed({"places": places, "firms": asked.firms()})
        packed["shared"] = _packed(asked.shared())
    packed["plotly"] = _pressed(plotly_script().read_bytes())
    held = {"policy": POLICY, "packed": packed, **_shell()}
    with whole(path, "page") as draft:
        draft.write_text(filled(edition, top, held), encoding="utf-8")


class _Asked:
    """What the page's scripts ask (`static/*.js`), asked of the service before."""

    def __init__(self, editions: Editions, top: int, portal: BlockingPortal) -> None:
        self._app, self._top, self._portal = application(editions), top, portal
        self._symbols = editions.current().peers.symbols
        self._explained: set[tuple[str, str]] = set()
        self._measures = [name for name in editions.current().peers.beside if name != "learned"]

    def firm(self, symbol: str) -> Answers:
        """Return the answers about a firm."""
        found: Answers = {}
        own, nearest = [("symbol", symbol)], [("symbol", symbol), ("top", str(self._top))]
        near = [peer["symbol"] for peer in self._ask(found, "similar", nearest).get("peers", [])]
        self._ask(found, "similar", [*nearest, *(("beside", name) for name in self._measures)])
        self._ask(found, f"firms/{symbol}", [])
        if near:
            self._ask(found, "course", [*own, *(("other", other) for other in near[:DRAWN])])
        self._ask(found, "history", [*own, ("top", str(LISTED))])
        self._ask(found, "forecasts", [*own, ("unit", "percent")])
        self._ask(found, "growth", [*own, ("last", str(SESSIONS))])
        self._ask(found, "growth", [*own, ("points", str(POINTS))])
        for other in near[:EXPLAINED]:
            # Two firms are explained once, from the side of either.
            if (other, symbol) not in self._explained:
                self._explained.add((symbol, other))
                self._ask(found, "explain", [("one", symbol), ("other", other)])
        return found

    def firms(self) -> Any:
        """Return what is searched: all firms, in their own order."""
        largest = self._ask({}, "firms", [("limit", str(MOST_PEERS))])["firms"]
        return _short(sorted(largest, key=lambda firm: self._symbols.index(firm["symbol"])))

    def shared(self) -> Answers:
        """Return the answers that are not about one firm."""
        found: Answers = {}
        for name, given in _SHARED:
            self._ask(found, name, given)
        # Of each pair once: `held.js` fills in the others.
        pairs = found["matrix"]
        pairs["scores"] = [row[: place + 1] for place, row in enumerate(pairs["scores"])]
        return found

    def _ask(self, found: Answers, name: str, given: Given) -> Answers:
        """Ask, and note what is answered; what cannot be answered is left out."""
        status, body = self._portal.call(_get, self._app, f"/api/{quote(name)}", urlencode(given))
        if status != 200:
            return {}
        answer: Answers = json.loads(body)
        found[_question(name, given)] = _short(answer)
        return answer


_SHARED: tuple[tuple[str, Given], ...] = (
    ("map", [("draws", "0")]),
    ("map", []),
    ("matrix", []),
    ("validation", []),
    ("quality", []),
    ("runs", []),
)


def _question(name: str, given: Given) -> str:
    """Write a question as the page looks it up."""
    return name + ("?" if given else "") + "&".join(f"{key}={value}" for key, value in given)


async def _get(app: Any, path: str, query: str) -> tuple[int, bytes]:
    """Ask an application, and return the status and the body of its answer."""
    told: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        told.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(b"host", b"localhost"), (b"accept", b"application/json")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    await app(scope, receive, send)
    return told[0]["status"], b"".join(message.get("body", b"") for message in told)


def _short(value: Any) -> Any:
    """Write an answer shorter, as `held.js` reads it.

    Of numbers is left what the page shows: two decimals, of small ones three digits. Rows of a
    table become columns, which are compressed to half of what rows are.
    """
    if isinstance(value, dict):
        return {key: _short(part) for key, part in value.items()}
    if isinstance(value, list):
        if len(value) > 1 and isinstance(value[0], dict):
            return {COLUMNS: {key: [_short(row[key]) for row in value] for key in value[0]}}
        return [_short(part) for part in value]
    if isinstance(value, float):
        return round(value, 2) if abs(value) >= 1.0 else float(f"{value:.3g}")
    return value


def _packed(answers: Answers) -> str:
    """Write answers as a document holds them."""
    return _pressed(json.dumps(answers, separators=(",", ":"), ensure_ascii=False).encode())


def _pressed(content: bytes) -> str:
    """Compress, and write in base 64."""
    return b64encode(gzip.compress(content, compresslevel=9, mtime=0)).decode()


def _shell() -> dict[str, str]:
    """Return what the service serves beside the page, as a document holds it."""
    modules = {}
    for file in sorted(STATIC.glob("*.js")):
        # In a document there is nothing that a path could lead to: names stand for modules.
        text = re.sub(r'from "\./([\w.]+)"', r'from "firmament/\1"', file.read_text())
        modules[f"firmament/{file.name}"] = _data(text.encode(), "text/javascript")
    return {
        "modules": json.dumps({"imports": modules}),
        "style": (STATIC / "style.css").read_text(),
        "icon": _data((STATIC / "icon.svg").read_bytes(), "image/svg+xml"),
    }


def _data(content: bytes, kind: str) -> str:
    """Write content as an address that holds it."""
    return f"data:{kind};base64,{b64encode(content).decode()}"
