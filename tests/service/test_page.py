"""The page's shell and what it loads."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import requests
from conftest import World
from listening import listening

from pipeline.service.edition import Editions
from pipeline.service.page import STATIC
from pipeline.store import Store


@pytest.fixture(scope="module")
def address(world: World) -> Iterator[str]:
    with listening(Editions(Store(world.place.store))) as found:
        yield found


def test_the_shell_offers_what_can_be_asked(world: World, address: str) -> None:
    reply = requests.get(address, timeout=30)
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'self'" in reply.headers["content-security-policy"]
    assert 'data-firms="12"' in reply.text
    assert world.result["run_id"][:12] in reply.text
    assert re.findall(r'<option value="(\w+)">', reply.text)[:2] == ["learned", "pearson"]


def test_all_that_it_loads_is_served_here(address: str) -> None:
    page = requests.get(address, timeout=30).text
    files = {f"/static/{file.name}" for file in STATIC.iterdir()} | {"/static/plotly.min.js"}
    loaded = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', page))
    for file in sorted(files):
        reply = requests.get(address + file, timeout=30)
        assert reply.status_code == 200, file
        if file.endswith(".js") and "plotly" not in file:
            assert reply.headers["content-type"].startswith("text/javascript")
            loaded |= {f"/static/{name}" for name in re.findall(r'from "\./([\w.]+)"', reply.text)}
            loaded |= set(re.findall(r'"(/static/[\w.]+)"', reply.text))
    assert loaded == files


def test_nothing_comes_from_elsewhere() -> None:
    for file in [*STATIC.iterdir(), STATIC.parent / "page.html.jinja"]:
        found = re.findall(r"https?://[^\s\"']+", file.read_text())
        assert set(found) <= {"http://www.w3.org/2000/svg"}, file
        assert "innerHTML" not in file.read_text()  # names come from users' files
