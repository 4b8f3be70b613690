from dataclasses import replace

import pytest

from pipeline.run.registration import Training
from pipeline.settings.settings import Settings


def training(**traded: bool) -> Training:
    """A training of a former day, on another lookback and few features."""
    settings = Settings()
    return Training(
        model=settings.model.model_dump(mode="json"),
        train=settings.train.model_dump(mode="json"),
        window={"features": ["growth", "tail"], "lookback": 40, "horizon": 1, **traded},
        seen_to="2020-12-31",
        networks={"0": "abc"},
    )


def test_a_network_sees_what_it_was_trained_on() -> None:
    found = training(traded=False).settings(Settings(), told=False).window
    assert (found.features, found.lookback) == (("growth", "tail"), 40)


@pytest.mark.parametrize(
    ("recorded", "told", "traded"),
    [
        # One panel does for the champion and today's networks, where they see the same.
        (True, True, None),
        (False, False, None),
        # The source has begun, or ceased, to tell of trading: what was learnt stays what it was.
        (False, True, False),
        (True, False, True),
    ],
)
def test_whether_a_network_sees_trading_is_kept(
    recorded: bool, told: bool, traded: bool | None
) -> None:
    window = training(traded=recorded).settings(Settings(), told=told).window
    assert window.traded is traded
    assert window.with_trading(told) is recorded


def test_a_network_of_before_there_was_trading_to_see_does_without() -> None:
    assert training().settings(Settings(), told=True).window.traded is False


def test_settings_that_there_are_no_longer_are_left_out() -> None:
    settings = Settings()
    former = {**settings.train.model_dump(mode="json"), "momentum": 0.9, "epochs": 7}
    found = replace(training(traded=False), train=former).settings(settings, told=False)
    assert found.train == settings.train.model_copy(update={"epochs": 7})
