"""Decisions are logged before they are carried out, and finished by whoever finds them open."""

from __future__ import annotations

from pathlib import Path

import command
import pytest

from pipeline.errors import InputError
from pipeline.registry import decisions
from pipeline.registry.decisions import Decision, log, reign, settled, table
from pipeline.registry.versions import CHAMPION, FORECASTER, aliased
from pipeline.tracking import Tracker


@pytest.fixture
def tracker(tmp_path: Path) -> Tracker:
    """A registry with three versions."""
    made = command.tracker(tmp_path)
    made.client.create_registered_model(FORECASTER)
    for _ in range(3):
        made.client.create_model_version(FORECASTER, str(tmp_path))
    return made


def decision(outcome: str, challenger: str, before: str = "", champion: str = "") -> Decision:
    kept = champion or challenger
    return Decision(outcome, "2022-12-28", challenger, before, kept, "A reason.", {"p_value": 0.5})


def champion(tracker: Tracker) -> str | None:
    found = aliased(tracker, CHAMPION)
    return found.number if found else None


def test_no_decision_yet(tracker: Tracker) -> None:
    assert settled(tracker) == []
    assert champion(tracker) is None
    assert list(table([]))[:2] == ["made", "outcome"]


def test_a_promotion_makes_the_champion_and_a_hold_does_not(tracker: Tracker) -> None:
    log(tracker, decision("promoted", "1"))
    assert champion(tracker) == "1"
    log(tracker, decision("held", "2", "1", "1"))
    assert champion(tracker) == "1"
    first, second = settled(tracker)
    assert (first.outcome, first.champion, first.reason) == ("promoted", "1", "A reason.")
    assert (second.outcome, second.challenger, second.champion) == ("held", "2", "1")
    assert first.numbers == {"p_value": 0.5}
    assert first.made <= second.made
    newest = table([first, second]).iloc[0]
    assert (newest["challenger"], newest["p_value"]) == ("2", 0.5)


def test_a_decision_that_was_not_carried_out_is_by_the_next_process(
    tracker: Tracker, monkeypatch: pytest.MonkeyPatch
) -> None:
    log(tracker, decision("promoted", "1"))
    with monkeypatch.context() as patched:
        patched.setattr(decisions, "_carry_out", _die)
        with pytest.raises(KeyboardInterrupt):
            log(tracker, decision("promoted", "2", "1"))
    assert champion(tracker) == "1"
    assert [made.champion for made in settled(tracker)] == ["1", "2"]
    assert champion(tracker) == "2"


def test_a_decision_that_is_half_written_never_was(
    tracker: Tracker, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(tracker.client, "log_batch", _die)
        with pytest.raises(KeyboardInterrupt):
            log(tracker, decision("promoted", "1"))
    assert settled(tracker) == []
    assert champion(tracker) is None


def test_a_version_that_was_deleted_is_one_sentence_and_no_decision(tracker: Tracker) -> None:
    with pytest.raises(InputError, match="Version 9 of firmament-forecaster is not in the regis"):
        log(tracker, decision("promoted", "9"))
    assert settled(tracker) == []


def test_the_reign_is_what_promotions_and_rollbacks_leave() -> None:
    made = [decision("promoted", "1"), decision("held", "2", "1", "1")]
    assert reign(made) == ["1"]
    made.append(decision("promoted", "3", "1"))
    assert reign(made) == ["1", "3"]
    made.append(decision("restored", "1", "3"))
    assert reign(made) == ["1"]
    made.append(decision("promoted", "4", "1"))
    assert reign(made) == ["1", "4"]


def _die(*_: object, **__: object) -> None:
    raise KeyboardInterrupt
