"""Answers that were given before."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

import pytest
import requests
from conftest import World
from listening import listening

from pipeline.service.edition import Editions
from pipeline.similarity.asking.peers import Peers
from pipeline.store import Store


@pytest.fixture(scope="module")
def address(world: World) -> Iterator[str]:
    with listening(Editions(Store(world.place.store))) as found:
        yield found


def get(address: str, **headers: str) -> requests.Response:
    sent = {"accept-encoding": "identity", **{k.replace("_", "-"): v for k, v in headers.items()}}
    return requests.get(f"{address}/api/similar?symbol=F02&top=11", headers=sent, timeout=30)


def test_it_is_asked_once(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first, asked = get(address), []
    monkeypatch.setattr(Peers, "similar", lambda *given, **_: asked.append(given))
    again = get(address)
    assert (again.content, again.headers["etag"]) == (first.content, first.headers["etag"])
    assert asked == []


def test_who_knows_the_answer_is_told_that_it_still_holds(address: str) -> None:
    first = get(address)
    tag = first.headers["etag"]
    for known in (tag, f'"another", {tag}', tag.removeprefix("W/"), "*"):
        reply = get(address, if_none_match=known)
        assert (reply.status_code, reply.content) == (304, b"")
        assert reply.headers["etag"] == tag
    assert get(address, if_none_match='W/"another"').status_code == 200


def test_it_is_compressed_for_those_who_understand(address: str) -> None:
    plain = get(address)
    url = f"{address}/api/similar?symbol=F02&top=11"
    with requests.get(url, headers={"accept-encoding": "gzip"}, stream=True, timeout=30) as reply:
        assert reply.headers["content-encoding"] == "gzip"
        assert gzip.decompress(reply.raw.read(decode_content=False)) == plain.content
    assert "content-encoding" not in plain.headers


def test_a_head_is_the_answer_without_its_body(address: str) -> None:
    reply = requests.head(f"{address}/api/similar?symbol=F02&top=11", timeout=30)
    assert (reply.status_code, reply.content) == (200, b"")
    assert reply.headers["etag"] == get(address).headers["etag"]


def test_a_refusal_is_not_kept(address: str) -> None:
    url = f"{address}/api/similar?symbol=F77"
    first, second = (requests.get(url, timeout=30) for _ in range(2))
    assert first.status_code == second.status_code == 404
    assert "etag" not in second.headers


def test_what_changes_meanwhile_is_asked_anew(address: str) -> None:
    for path in ("/api/runs", "/api/runs.csv"):
        assert "etag" not in requests.get(address + path, timeout=30).headers
