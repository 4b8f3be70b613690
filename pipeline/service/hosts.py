"""Who may ask: requests that name another host than this service's are refused.

A page of another site could let a name of its own lead to the loopback, and ask with its visitor's
browser (DNS rebinding); such requests name that site as their host.
"""

from __future__ import annotations

from collections.abc import Iterable

from starlette.types import ASGIApp, Receive, Scope, Send

from pipeline.service.problems import problem

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


class Hosts:
    """Lets requests through that name a known host.

    Parameters
    ----------
    app : ASGI application
        Asked then.
    allowed : iterable of str
        Names without ports, beside those of the loopback.
    """

    def __init__(self, app: ASGIApp, allowed: Iterable[str] = ()) -> None:
        self._app = app
        self._allowed = {name.lower() for name in (*LOOPBACK, *allowed)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or _host(scope) in self._allowed:
            await self._app(scope, receive, send)
            return
        sentence = (
            "This host is not known here: ask at the address that the service printed, or start "
            "it with --allow-host."
        )
        await problem(421, sentence, scope["path"])(scope, receive, send)


def _host(scope: Scope) -> str:
    """Return the host that a request names, without its port."""
    named = [value for key, value in scope["headers"] if key == b"host"]
    if len(named) != 1:
        return ""
    host: str = named[0].decode("latin-1").lower()
    return host.partition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]
