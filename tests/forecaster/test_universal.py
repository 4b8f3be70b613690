"""The pretrained networks forecast any firms, few or one, with a short history or a long one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import universe

from pipeline.errors import ConfigError
from pipeline.features.view import MARKET
from pipeline.forecaster.recent import Recent
from pipeline.forecaster.universal import (
    Universal,
    chosen,
    universal,
    without_market,
    written,
)
from pipeline.outputs import Grown
from pipeline.settings.load import load

SETTINGS = load(None, ["ingest.calendar=24/5"])
LOOKBACK = SETTINGS.window.lookback
GROWTH = universe.growth_panel(firms=5, days=160, gaps=False)
TRADED = universe.traded(GROWTH)


def table(growth: pd.DataFrame, **beside: pd.DataFrame) -> pd.DataFrame:
    """Growth, and what is given beside, as a long table."""
    long = [
        panel.loc[growth.index, growth.columns].reset_index().melt("date", value_name=name)
        for name, panel in {"growth": growth, **beside}.items()
    ]
    return pd.concat([long[0], *(one.iloc[:, -1] for one in long[1:])], axis=1)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Universal:
    return Universal.load(**written(tmp_path_factory.mktemp("universal"), SETTINGS))


@pytest.mark.parametrize(
    ("told", "assignments", "name"),
    [
        (False, (), "gru-growth"),
        (True, (), "gru-traded"),
        (True, ("window.traded=false",), "gru-growth"),
    ],
)
def test_what_the_source_tells_chooses(told: bool, assignments: tuple[str, ...], name: str) -> None:
    assert chosen(load(None, assignments), told).name == name


def test_ranges_and_volumes_that_the_source_does_not_tell_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"^window\.traded asks for .* but the prices have not"):
        chosen(load(None, ["window.traded=true"]), False)


def test_more_days_ahead_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"forecasts 1 session ahead, but window\.horizon is 5"):
        chosen(load(None, ["window.horizon=5"]), False)


def test_columns_choose_who_answers(both: Universal) -> None:
    plain = both.forecast(table(GROWTH))
    trading = {"range": TRADED["ranges"], "volume": TRADED["volumes"]}
    more = both.forecast(table(GROWTH, **trading))
    for inputs, answer in (("growth", plain), ("traded", more)):
        kept = [name for name in trading if inputs == "traded"]
        own = both.forecasters[inputs].forecast(
            table(GROWTH, **{name: trading[name] for name in kept})
        )
        pd.testing.assert_frame_equal(answer, own)
    # Volumes alone are not enough for the one that sees both.
    pd.testing.assert_frame_equal(both.forecast(table(GROWTH, volume=TRADED["volumes"])), plain)


def test_a_firm_of_as_many_sessions_as_the_lookback_is_served(both: Universal) -> None:
    short = GROWTH.iloc[-(LOOKBACK - 1) :]  # as many growth rates as so many prices have
    found = both.forecast(table(short))
    assert np.isfinite(found["scale"]).all()
    assert (found["scale"] > 0).all()
    fewer = GROWTH.copy()
    fewer.iloc[: -(LOOKBACK - 2), 0] = np.nan
    assert both.forecast(table(fewer))["scale"].isna().sum() == 1


def test_one_firm_alone_is_forecast_without_a_market(both: Universal) -> None:
    alone = both.forecast(table(GROWTH.iloc[:, :1])).iloc[0]
    among = both.forecast(table(GROWTH)).iloc[0]
    assert alone["symbol"] == among["symbol"]
    # Close to what it is among others, and not the same.
    assert alone["scale"] == pytest.approx(among["scale"], rel=0.5)
    assert alone["scale"] != among["scale"]
    others = GROWTH.iloc[:, : MARKET - 1]
    pair = both.forecast(table(others)).iloc[0]
    assert pair["scale"] == pytest.approx(alone["scale"])


def test_what_lacks_a_market_is_told_with_its_cost() -> None:
    assert without_market(Recent(GROWTH.iloc[:, :MARKET])) is None
    gone = GROWTH.copy()
    gone.iloc[-LOOKBACK:, 1:] = np.nan  # all others were delisted
    sentence = without_market(Recent.of(Grown(gone, {}), LOOKBACK))
    assert sentence is not None
    assert sentence.startswith("What the market does is unknown with 1 firm, which costs some 0.")
    assert f"bring prices of {MARKET} firms or more" in sentence


def test_it_answers_as_a_forecaster_of_the_same_network(both: Universal, tmp_path: Path) -> None:
    found = universal(SETTINGS, chosen(SETTINGS, False)).forecast(Recent(GROWTH))
    pd.testing.assert_frame_equal(found, both.forecast(table(GROWTH)))
    assert sorted(path.name for path in written(tmp_path, SETTINGS).values()) == [
        *["forecaster.json"] * 2,
        *["network.keras"] * 2,
    ]
