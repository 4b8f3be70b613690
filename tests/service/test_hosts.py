"""Who may ask."""

from __future__ import annotations

import pytest
import requests
from conftest import World
from listening import listening

from pipeline.service.edition import Editions
from pipeline.store import Store


@pytest.mark.parametrize(
    ("host", "allowed", "status"),
    [
        ("127.0.0.1:8000", (), 200),
        ("LOCALHOST", (), 200),
        ("[::1]:8000", (), 200),
        ("evil.example", (), 421),
        ("localhost.evil.example", (), 421),
        ("firms.example.org", (), 421),
        ("firms.example.org:80", ("firms.example.org",), 200),
        ("", (), 421),
    ],
)
def test_a_host_is_known_or_refused(
    world: World, host: str, allowed: tuple[str, ...], status: int
) -> None:
    with listening(Editions(Store(world.place.store)), allowed) as address:
        for path in ("/healthz", "/api/firms", "/"):
            reply = requests.get(address + path, headers={"host": host}, timeout=30)
            assert reply.status_code == status
    if status != 200:
        assert "This host is not known here" in reply.json()["detail"]
