"""The proof holds where a killed worker changed nothing, and says what it changed elsewhere."""

from __future__ import annotations

from dataclasses import replace

import pytest

from deploy.evening import Left
from deploy.loopback import Killer, compare

TRIES = {"ingest": ["worker1"], "train gru": ["worker2"], "train lstm": ["worker1"]}
RECORD = {"fingerprints": {"train": "a"}, "decision": {"outcome": "promoted"}, "scores": {}}
FIRST = Left(1.0, TRIES, RECORD, {"page.html": "1", "summary.json": "2"}, [])
SECOND = replace(FIRST, tries={**TRIES, "train gru": ["worker2", "worker1"]})


@pytest.fixture
def killer() -> Killer:
    killer = Killer()
    killer.worker, killer.model = "worker2", "train gru"
    return killer


def test_all_holds(killer: Killer) -> None:
    assert all(compare(FIRST, SECOND, killer).values())


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        (replace(FIRST, tries={"train gru": ["worker1"]}), SECOND, "on both workers"),
        (FIRST, FIRST, "done by the other worker"),
        (FIRST, replace(SECOND, files={**FIRST.files, "page.html": "3"}), "byte by byte"),
        (FIRST, replace(SECOND, record={**RECORD, "scores": {"crps": 1}}), "published record"),
        (FIRST, replace(SECOND, running=["gru"]), "no MLflow run"),
    ],
)
def test_what_differs_is_said(first: Left, second: Left, said: str, killer: Killer) -> None:
    (finding,) = (name for name, true in compare(first, second, killer).items() if not true)
    assert said in finding


def test_nothing_is_proved_where_no_worker_was_killed() -> None:
    assert not all(compare(FIRST, FIRST, Killer()).values())
