"""Answers that were given before: while an edition lasts, they stay the same."""

from __future__ import annotations

import gzip
from collections import OrderedDict
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.errors import FirmamentError
from pipeline.service.edition import Editions
from pipeline.service.told import CSV

ROOM = 64 * 2**20
"""Bytes of answers that are kept."""

SMALLEST, LEVEL = 1024, 5
"""Bytes from which on an answer is compressed, and how hard."""

LONGEST = 4096
"""Bytes of a question beyond which its answer is not kept."""

RUNS = "/api/runs"
"""What changes while an edition lasts."""

Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True)
class Given:
    """An answer."""

    headers: Headers
    body: bytes


class Memory:
    """Gives answers of the API again, compressed where that is understood, with tags by edition.

    Parameters
    ----------
    app : ASGI application
        Asked what was not asked before.
    editions : Editions
        What answers.
    """

    def __init__(self, app: ASGIApp, editions: Editions) -> None:
        self._app, self._editions = app, editions
        self._given: OrderedDict[tuple[str, ...], Given] = OrderedDict()
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope.get("method") == "HEAD":
            scope, send = {**scope, "method": "GET"}, _bare(send)
        if not _lasting(scope):
            await self._app(scope, receive, send)
            return
        sent = dict(scope["headers"])
        zipped = b"gzip" in sent.get(b"accept-encoding", b"")
        kind = sent.get(b"accept", b"").decode("latin-1")
        question = (scope["path"], scope["query_string"].decode("latin-1"), kind, str(zipped))
        try:
            # To open another edition takes a while, in which others are to be answered.
            edition = self._editions.fresh()
            if edition is None:
                edition = await run_in_threadpool(self._editions.current)
        except FirmamentError:
            await self._app(scope, receive, send)
            return
        # What answers is fixed here, so that an answer and its tag are of one edition.
        scope.setdefault("state", {})["edition"] = edition
        key = (edition.name, *question)
        given = self._given.get(key)
        if given is None:
            given = await self._ask(key, scope, receive, send, zipped)
            if given is None:
                return
        else:
            self._given.move_to_end(key)
        await _give(given, sent.get(b"if-none-match"), send)

    async def _ask(
        self, key: tuple[str, ...], scope: Scope, receive: Receive, send: Send, zipped: bool
    ) -> Given | None:
        """Ask, and keep the answer; None: it was no success, and is sent as it is."""
        messages: list[Message] = []

        async def listen(message: Message) -> None:
            messages.append(message)

        # What is compressed here is not to be compressed before.
        plain = [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]
        await self._app({**scope, "headers": plain}, receive, listen)
        body = b"".join(message.get("body", b"") for message in messages)
        if messages[0]["status"] != 200:
            for message in messages:
                await send(message)
            return None
        headers: Headers = [
            (name, value)
            for name, value in messages[0]["headers"]
            if name not in (b"content-length", b"vary")
        ]
        if zipped and len(body) >= SMALLEST:
            body = gzip.compress(body, compresslevel=LEVEL, mtime=0)
            headers.append((b"content-encoding", b"gzip"))
        headers += [
            (b"content-length", str(len(body)).encode()),
            (b"etag", f'W/"{key[0]}"'.encode()),
            (b"cache-control", b"no-cache"),
            (b"vary", b"Accept, Accept-Encoding"),
        ]
        given = Given(headers, body)
        if len(scope["query_string"]) <= LONGEST:
            self._keep(key, given)
        return given

    def _keep(self, key: tuple[str, ...], given: Given) -> None:
        """Keep an answer; another may have been kept by who asked the same at the same time."""
        if (before := self._given.pop(key, None)) is not None:
            self._held -= _size(key, before)
        self._given[key] = given
        self._held += _size(key, given)
        while self._held > ROOM:
            self._held -= _size(*self._given.popitem(last=False))


def _bare(send: Send) -> Send:
    """Send no body, as HEAD asks for."""

    async def tell(message: Message) -> None:
        bare = {"body": b""} if message["type"] == "http.response.body" else {}
        await send({**message, **bare})

    return tell


def _size(key: tuple[str, ...], given: Given) -> int:
    """Return about how many bytes an answer takes with all that is kept beside it."""
    parts = [*key, *(part for pair in given.headers for part in pair), given.body]
    return sum(map(len, parts)) + 64 * len(parts)


def _lasting(scope: Scope) -> bool:
    """Say whether an answer depends on the edition and the question alone."""
    path: str = scope.get("path", "")
    asked = scope["type"] == "http" and scope["method"] == "GET" and path.startswith("/api/")
    return asked and path.removesuffix(CSV) != RUNS


async def _give(given: Given, known: bytes | None, send: Send) -> None:
    """Send an answer, or that it is the one that is known."""
    tag = dict(given.headers)[b"etag"].removeprefix(b"W/")
    tags = [one.strip().removeprefix(b"W/") for one in (known or b"").split(b",")]
    if tag in tags or b"*" in tags:
        kept = (b"etag", b"cache-control", b"vary")
        headers = [(name, value) for name, value in given.headers if name in kept]
        await send({"type": "http.response.start", "status": 304, "headers": headers})
        await send({"type": "http.response.body", "body": b""})
        return
    await send({"type": "http.response.start", "status": 200, "headers": given.headers})
    await send({"type": "http.response.body", "body": given.body})
