"""The day of a scheduled run: its session, its settings, its records."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from pipeline.daily.day import Day, session
from pipeline.daily.steps import run_step
from pipeline.errors import ConfigError, FirmamentError, InputError
from pipeline.settings.load import load
from pipeline.settings.settings import Settings
from pipeline.stages import PLAN
from pipeline.watch import Silence


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("2022-12-28", "2022-12-28"),
        ("2022-12-26", "2022-12-23"),  # Christmas was a Sunday: Monday was a holiday
        ("2022-12-25", "2022-12-23"),
        ("2012-10-30", "2012-10-26"),  # closed for a hurricane
    ],
)
def test_a_day_without_trade_is_the_session_before(asked: str, meant: str) -> None:
    assert session("XNYS", date.fromisoformat(asked)) == date.fromisoformat(meant)


def test_an_unknown_calendar_is_told() -> None:
    with pytest.raises(ConfigError, match="'NYSE2' is not an exchange calendar"):
        session("NYSE2", date(2022, 12, 28))


def settings(tmp_path: Path, **options: object) -> Settings:
    places = {"data_root": str(tmp_path / "store"), "tracking_uri": f"sqlite:///{tmp_path}/m.db"}
    return load(options={**places, **options})


def test_a_day_that_has_not_come_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has not come yet: give --date a day that is over"):
        Day(PLAN, settings(tmp_path), date.today() + timedelta(days=1), Silence())


def test_the_settings_are_those_of_the_day(tmp_path: Path) -> None:
    asked = settings(tmp_path, daily={"models": ["elman", "gru"]}, ingest={"end": "2020-01-01"})
    day = Day(PLAN, asked, date(2022, 12, 26), Silence())
    assert day.date == day.settings.ingest.end == date(2022, 12, 23)
    compare = day.settings.compare
    assert (compare.models, compare.seeds, compare.folds) == (("elman", "gru"), 1, 1)


def test_a_start_after_the_day_is_refused(tmp_path: Path) -> None:
    late = settings(tmp_path, ingest={"start": "2022-12-28"})
    with pytest.raises(ConfigError, match=r"ingest.start 2022-12-28 is not before the day"):
        Day(PLAN, late, date(2022, 12, 28), Silence())


def test_what_steps_note_is_kept_by_day(tmp_path: Path) -> None:
    day = Day(PLAN, settings(tmp_path), date(2022, 12, 28), Silence())
    with pytest.raises(InputError, match="The step ingest of 2022-12-28 has not been done in"):
        day.record("ingest")
    arrived = {"origin": ["a", "planted"], "fingerprint": "f"}
    day.note("ingest", arrived)
    day.note("promote", {"outcome": "held"})
    again = Day(PLAN, settings(tmp_path), date(2022, 12, 28), Silence())
    assert again.record("ingest") == arrived
    assert again.record("promote") == {"outcome": "held"}
    assert Day(PLAN, settings(tmp_path), date(2022, 12, 27), Silence()).known() == {}
    assert day.before("files:prices") is None


@pytest.mark.parametrize(
    ("step", "model"), [("train", None), ("train", "elman"), ("window", "gru")]
)
def test_train_alone_is_told_an_architecture(tmp_path: Path, step: str, model: str | None) -> None:
    with pytest.raises(ConfigError, match=r"needs --model with an architecture of daily.models"):
        run_step(PLAN, settings(tmp_path), date(2022, 12, 28), step, Silence(), model)


def test_a_step_before_its_turn_is_refused(tmp_path: Path) -> None:
    for step in ("window", "compare", "promote", "embed", "publish"):
        with pytest.raises(FirmamentError, match=r"run `firmament daily --date 2022-12-28"):
            run_step(PLAN, settings(tmp_path), date(2022, 12, 28), step, Silence())
