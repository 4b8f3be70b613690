"""What answers, and that another edition takes its place as a whole."""

from __future__ import annotations

import json
import threading
from functools import cache
from pathlib import Path

import pytest
import requests
from listening import listening
from planted import embedded

from pipeline.errors import InputError, StoreError
from pipeline.outputs import Embedded
from pipeline.service import edition as editions
from pipeline.service.edition import Editions
from pipeline.store import PUBLISHED, Store


@cache
def compared(firms: int) -> Embedded:
    """Similarities of a universe of its own."""
    return embedded(firms=firms, days=150, networks=1)


def publish(store: Store, name: str, seed: int) -> None:
    """Write an edition: its similarities, and its record in their place."""
    store.write("embed", name, compared(6 + seed), {})
    about = {"edition": name, "date": "2016-04-01", "source": "files:prices", "version": str(seed)}
    store.keep(PUBLISHED, {"run_id": name, "fingerprints": {"embed": name}, **about})


@pytest.fixture
def store(tmp_path: Path) -> Store:
    found = Store(tmp_path)
    found.prepare()
    return found


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look for another edition at every question."""
    monkeypatch.setattr(editions, "LOOK", 0.0)


def test_nothing_to_answer_from_is_told(store: Store) -> None:
    with pytest.raises(InputError, match="no run yet"):
        Editions(store).current()


def test_another_edition_takes_its_place(store: Store) -> None:
    publish(store, "one", 0)
    found = Editions(store)
    first = found.current()
    assert found.current() is first
    publish(store, "two", 1)
    second = found.current()
    assert (second.record["run_id"], len(second.peers.symbols)) == ("two", 7)
    assert first.name != second.name
    assert len(first.peers.symbols) == 6  # who holds it is answered from it to the end


def test_one_that_is_damaged_does_not(store: Store) -> None:
    publish(store, "one", 0)
    found = Editions(store)
    first = found.current()
    publish(store, "two", 1)
    (store.root / "stages" / "embed" / "two" / "portfolios.npy").write_bytes(b"")
    assert found.current() is first
    assert "two" in found.trouble
    publish(store, "three", 2)
    assert found.current().record["run_id"] == "three"
    assert found.trouble == ""


def test_a_run_that_is_named_is_kept_to(store: Store) -> None:
    publish(store, "one", 0)
    with pytest.raises((InputError, StoreError)):
        Editions(store, "another").current()


def test_every_answer_is_wholly_of_one_edition(store: Store) -> None:
    """Editions are published while many ask: firms, run and tag always belong together."""
    publish(store, "e0", 0)
    for number in range(1, 5):
        compared(6 + number)  # so that many ask while an edition is published, and not long before
    seen: set[tuple[str, int, str]] = set()
    troubles: list[str] = []
    done = threading.Event()

    def ask(address: str) -> None:
        session = requests.Session()
        while not done.is_set():
            reply = session.get(f"{address}/api/similar?symbol=F01&top=50", timeout=30)
            if reply.status_code != 200:
                troubles.append(reply.text)
                continue
            told = json.loads(reply.text)
            seen.add((told["run_id"], len(told["peers"]), reply.headers["etag"]))

    with listening(Editions(store)) as address:
        clients = [threading.Thread(target=ask, args=(address,)) for _ in range(16)]
        for client in clients:
            client.start()
        for number in range(1, 5):
            publish(store, f"e{number}", number)
            asked = requests.get(f"{address}/api/similar?symbol=F01&top=50", timeout=30)
            assert asked.json()["run_id"] in (f"e{number}", f"e{number - 1}")
        done.set()
        for client in clients:
            client.join()
    assert troubles == []
    firms = {run: count for run, count, _ in seen}
    assert len(seen) == len(firms) == len({tag for *_, tag in seen})
    assert all(count == 5 + int(run[1:]) for run, count in firms.items())
