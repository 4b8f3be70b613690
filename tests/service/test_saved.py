"""The page as one file: what it holds is what the service answers."""

from __future__ import annotations

import gzip
import json
import re
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest
import requests
from conftest import World
from listening import listening

from pipeline.errors import InputError
from pipeline.service.edition import Editions, Lasting
from pipeline.service.page import STATIC
from pipeline.service.saved import COLUMNS, save
from pipeline.store import Store
from pipeline.watch import Silence


@pytest.fixture(scope="module")
def page(world: World, tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("saved") / "firms.html"
    save(Lasting(Store(world.place.store)), file, 4, Silence())
    return file.read_text()


def held(page: str, name: str) -> bytes:
    found = re.search(rf'id="held-{name}">([^<]*)<', page)
    assert found is not None
    return gzip.decompress(b64decode(found[1]))


def whole(value: Any) -> Any:
    """Return an answer as the service gives it: tables are held as columns."""
    if isinstance(value, list):
        return [whole(part) for part in value]
    if not isinstance(value, dict):
        return value
    if set(value) != {COLUMNS}:
        return {key: whole(part) for key, part in value.items()}
    names, columns = value[COLUMNS].keys(), value[COLUMNS].values()
    return [dict(zip(names, map(whole, row), strict=True)) for row in zip(*columns, strict=True)]


def near(one: Any, other: Any) -> bool:
    """Say whether two answers differ by no more than what a page leaves of numbers."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(near(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(near, one, other))
    if isinstance(one, float):
        return one == pytest.approx(other, rel=5e-3, abs=5e-3)
    return bool(one == other)


def test_it_holds_what_the_service_answers(world: World, page: str) -> None:
    answers, index, shared = (json.loads(held(page, name)) for name in ("0", "index", "shared"))
    assert set(index["places"]) == {f"F{number:02d}" for number in range(12)}
    questions = answers | shared
    names = [question.partition("?")[0] for question in questions]
    assert names.count("similar") == 2 * 12
    pairs = [frozenset(re.findall(r"F\d\d", asked)) for asked in questions if "explain" in asked]
    assert len(set(pairs)) == len(pairs) >= 2 * 12 / 2
    assert {"map", "matrix", "validation", "quality", "runs"} < set(names)
    some = [
        question for question in questions if re.search(r"(symbol|one)=F03|firms/F03", question)
    ]
    with listening(Editions(Store(world.place.store))) as address:
        for question in [*some, *shared]:
            told = requests.get(f"{address}/api/{question}", timeout=60).json()
            if question == "matrix":
                told["scores"] = [row[: at + 1] for at, row in enumerate(told["scores"])]
            assert near(told, whole(questions[question])), question


def test_it_needs_nothing_but_itself(page: str) -> None:
    modules = json.loads(re.findall(r'<script type="importmap">(.*)</script>', page)[0])["imports"]
    assert set(modules) == {f"firmament/{file.name}" for file in STATIC.glob("*.js")}
    for address in modules.values():
        text = b64decode(address.partition("base64,")[2]).decode()
        assert set(re.findall(r'from "([^"]+)"', text)) <= set(modules)
    assert not re.findall(r'(?:src|href)="(?!data:|#)', page)
    assert "connect-src data:" in page
    assert held(page, "plotly").startswith(b"/**")


def test_a_place_where_it_cannot_be_is_refused(world: World, tmp_path: Path) -> None:
    editions = Lasting(Store(world.place.store))
    for path in (tmp_path / "firms.csv", tmp_path / "absent" / "firms.html"):
        with pytest.raises(InputError):
            save(editions, path, 4, Silence())
    assert list(tmp_path.iterdir()) == []


def test_an_edition_lasts(world: World) -> None:
    editions = Lasting(Store(world.place.store))
    first = editions.current()
    assert editions.fresh() is first
    assert editions.current() is first
