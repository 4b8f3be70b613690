"""A forecaster is asked as a stranger would ask it: a table of growth, in any order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
import universe

import models
from pipeline.errors import InputError
from pipeline.evaluation.baselines import BASELINES
from pipeline.evaluation.evaluate import evaluate
from pipeline.evaluation.foretell import foretell
from pipeline.forecaster.example import interface
from pipeline.forecaster.forecaster import About, Forecaster, write
from pipeline.outputs import Grown, Trained
from pipeline.panel.windows import window
from pipeline.settings.evaluate import Evaluate
from pipeline.settings.window import Window
from pipeline.watch import Silence

LOOKBACK = 20
OWN = ("growth", "absolute_growth", "volatility_4", "volatility_40", "tail")
"""Features that look at nothing but the firm itself."""
PARTS = ["location", "scale", "df", "skew"]
GROWTH = universe.growth_panel(firms=5, days=1000)
"""The last firm is listed on day 250; one day in fifty of the first is missing."""
LATELY = GROWTH.iloc[-120:]
INPUTS = Window().inputs(told=False)


@cache
def network(name: str = "gru", horizon: int = 1, features: tuple[str, ...] = INPUTS) -> bytes:
    keras.utils.set_random_seed(4)
    sizes = {"features": len(features) + 1, "horizon": horizon, "units": 6}
    return models.to_bytes(models.build(name, **sizes))


def about(horizon: int = 1, features: tuple[str, ...] = INPUTS, calendar: str = "24/5") -> About:
    return About("gru", features, LOOKBACK, horizon, Evaluate().quantiles, calendar)


def asked(growth: pd.DataFrame, **beside: pd.DataFrame) -> pd.DataFrame:
    """Growth, and what is given beside, as a long table; gaps are rows with NaN."""
    table = growth.reset_index().melt(id_vars="date", value_name="growth")
    for name, panel in beside.items():
        long = panel.loc[growth.index].reset_index().melt(id_vars="date", value_name=name)
        table[name] = long[name]
    return table


def ending(last: str, days: int = 60) -> pd.DataFrame:
    """Growth whose last day is a given one."""
    growth = GROWTH.iloc[-days:].copy()
    growth.index = pd.DatetimeIndex(pd.bdate_range(end=last, periods=days), name="date")
    return growth


@pytest.fixture(scope="module")
def forecaster() -> Forecaster:
    return Forecaster(network(), about())


@pytest.fixture(scope="module")
def york() -> Forecaster:
    """Forecast three sessions of New York ahead."""
    return Forecaster(network(horizon=3), about(3, calendar="XNYS"))


@pytest.mark.parametrize(
    ("name", "horizon", "more"), [("gru", 3, False), ("bidirectional", 1, True)]
)
def test_forecasts_are_those_of_the_pipeline_at_the_same_origin(
    name: str, horizon: int, more: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What else is fitted is not looked at here.
    for slow in BASELINES.keys() - {"zero_growth", "ewma_volatility", "garch"}:
        monkeypatch.delitem(BASELINES, slow)
    quick = replace(BASELINES["garch"], method=BASELINES["ewma_volatility"].method)
    monkeypatch.setitem(BASELINES, "garch", quick)
    traded = universe.traded(GROWTH)
    grown = Grown(GROWTH, {}, **traded)
    section = Window(lookback=LOOKBACK, horizon=horizon, valid_share=0.28, traded=more)
    windowed = window(section, grown)
    trained = Trained(network(name, horizon, section.inputs(told=True)), pd.DataFrame(), {})
    beside = foretell(Evaluate(), windowed, grown, watch=Silence())
    table = evaluate(Evaluate(), windowed, grown, trained, beside, watch=Silence()).forecasts
    forecaster = Forecaster(trained.network, about(horizon, section.inputs(told=True)))
    first, stop = windowed.fold.test
    for origin in (first, (first + stop) // 2, stop - 1):
        until = GROWTH.iloc[: origin + 1]
        found = forecaster.forecast(asked(until, range=traded["ranges"], volume=traded["volumes"]))
        days = {GROWTH.index[origin + ahead]: ahead for ahead in range(1, horizon + 1)}
        made = table[table["date"].map(days) == table["horizon"]]
        assert len(made) >= 4 * horizon
        both = made.merge(found, on=["symbol", "date", "horizon"], suffixes=("", "_found"))
        assert len(both) == len(made)
        for column in (*PARTS, "q05", "q25", "q50", "q75", "q95"):
            np.testing.assert_allclose(
                both[f"{column}_found"], both[column], rtol=1e-4, atol=1e-4, err_msg=column
            )


def test_the_answer_has_a_row_a_firm_and_day_ahead(york: Forecaster) -> None:
    found = york.forecast(asked(ending("2016-03-09")))
    levels = ["q05", "q25", "q50", "q75", "q95"]
    assert list(found) == ["symbol", "date", "horizon", *PARTS, *levels]
    assert found["symbol"].tolist() == [f"F{n:02d}" for n in range(5) for _ in range(3)]
    assert found["horizon"].tolist() == [1, 2, 3] * 5
    days = ["2016-03-10", "2016-03-11", "2016-03-14"]
    assert found["date"].dt.strftime("%Y-%m-%d").tolist() == days * 5
    assert (np.diff(found[levels], axis=1) > 0).all()
    np.testing.assert_allclose(found["q50"], found["location"])


def test_neither_the_order_of_rows_nor_how_a_gap_is_told_matters(forecaster: Forecaster) -> None:
    table = asked(LATELY)
    known = forecaster.forecast(table)
    for other in (
        table.sample(frac=1.0, random_state=0),
        table.dropna(),
        table.assign(
            date=table["date"].dt.strftime("%Y-%m-%d"), growth=table["growth"].astype(str)
        ),
        table.assign(date=table["date"] + pd.Timedelta(hours=16)),
        table[["growth", "symbol", "date"]].assign(more="words"),
    ):
        pd.testing.assert_frame_equal(forecaster.forecast(other), known)


def test_a_session_on_which_no_firm_traded_is_a_gap_too(forecaster: Forecaster) -> None:
    growth = LATELY.copy()
    growth.iloc[-4] = np.nan
    told = forecaster.forecast(asked(growth))
    pd.testing.assert_frame_equal(forecaster.forecast(asked(growth).dropna()), told)
    closer = forecaster.forecast(asked(LATELY.drop(LATELY.index[-4])))
    pd.testing.assert_frame_equal(closer, told)
    assert not np.allclose(told[PARTS], forecaster.forecast(asked(LATELY))[PARTS], rtol=1e-3)


def test_a_firm_with_little_growth_has_none_and_leaves_the_others_alone() -> None:
    forecaster = Forecaster(network(features=OWN), about(features=OWN))
    whole = forecaster.forecast(asked(LATELY)).set_index("symbol")
    young = LATELY.copy()
    young.iloc[: -LOOKBACK + 1, -1] = np.nan
    found = forecaster.forecast(asked(young)).set_index("symbol")
    numbers = [name for name in found if name not in ("date", "horizon")]
    assert found.loc["F04", numbers].isna().all()
    assert np.isfinite(found.loc[:"F03", numbers].astype(float)).all(axis=None)
    without = forecaster.forecast(asked(LATELY.drop(columns="F04"))).set_index("symbol")
    for table in (whole, found):
        np.testing.assert_allclose(
            table.loc[:"F03", numbers].astype(float), without[numbers].astype(float), rtol=1e-5
        )
    young.iloc[-LOOKBACK, -1] = 1.0
    grown_up = forecaster.forecast(asked(young)).set_index("symbol")
    assert np.isfinite(grown_up.loc["F04", numbers].astype(float)).all()


def test_a_firm_that_never_grew_has_a_row(forecaster: Forecaster) -> None:
    found = forecaster.forecast(asked(LATELY.assign(F99=np.nan))).set_index("symbol")
    assert found.loc["F99", [*PARTS, "q05", "q95"]].isna().all()
    assert found.drop(index="F99").notna().all(axis=None)


def test_other_quantiles_may_be_asked_for(forecaster: Forecaster) -> None:
    found = forecaster.forecast(asked(LATELY), [0.975, 0.5, 0.001])
    assert list(found)[7:] == ["q97.5", "q50", "q0.1"]
    usual = forecaster.forecast(asked(LATELY))
    pd.testing.assert_frame_equal(found[PARTS], usual[PARTS])
    assert (found["q97.5"] > usual["q95"]).all()
    assert (found["q0.1"] < usual["q05"]).all()


@pytest.mark.parametrize(
    ("last", "following"),
    [
        ("2016-06-03", ["2016-06-06", "2016-06-07", "2016-06-08"]),  # a Friday
        ("2015-07-02", ["2015-07-06", "2015-07-07", "2015-07-08"]),  # the 4th was a Saturday
        ("2015-12-24", ["2015-12-28", "2015-12-29", "2015-12-30"]),
    ],
)
def test_the_days_are_the_next_sessions(york: Forecaster, last: str, following: list[str]) -> None:
    found = york.forecast(asked(ending(last)))
    assert found["date"].dt.strftime("%Y-%m-%d").tolist() == following * 5


def test_the_example_that_is_registered_is_answered(forecaster: Forecaster) -> None:
    asked = interface(about().quantiles, LOOKBACK)
    found = forecaster.forecast(asked.example)
    assert len(asked.example) == 2 * LOOKBACK
    assert np.isfinite(found[PARTS]).all(axis=None)
    told = asked.signature()
    assert [column.name for column in told.outputs.inputs] == list(found)
    assert [column.name for column in told.params.params] == ["quantiles"]


def test_the_table_is_left_as_it_is(forecaster: Forecaster) -> None:
    table = asked(LATELY).sample(frac=1.0, random_state=1)
    before = table.copy(deep=True)
    forecaster.forecast(table)
    pd.testing.assert_frame_equal(table, before)


def test_less_history_gives_nearly_the_same(forecaster: Forecaster) -> None:
    """Surprises of 156 weeks ago are looked at; what is usual is told by 40 days before them."""
    growth = universe.growth_panel(firms=5, days=1400)
    whole = forecaster.forecast(asked(growth))

    def apart(days: int) -> float:
        less = forecaster.forecast(asked(growth.iloc[-days:]))
        moved = (less["location"] - whole["location"]).abs() / whole["scale"]
        return float(np.maximum(moved, (less["scale"] / whole["scale"] - 1.0).abs()).max())

    assert apart(882) < 0.01
    assert apart(252) > 0.02


def changed(**columns: object) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Put something else into the last row."""

    def change(table: pd.DataFrame) -> pd.DataFrame:
        table = table.astype(dict.fromkeys(columns, object))
        for name, value in columns.items():
            table.iloc[-1, table.columns.get_loc(name)] = value
        return table

    return change


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda t: t.drop(columns="growth"), r"no column growth: it needs date, symbol, growth\."),
        (lambda t: t.iloc[:0], "has no row: give recent days of every firm"),
        (changed(date="tomorrow"), "cannot be read .*tomorrow.*: mend that cell"),
        (changed(date=None), "a row without a date or a symbol"),
        (changed(date=pd.Timestamp("9999-01-01")), "has the date 9999-01-01, .* mend it"),
        (changed(date="0206-01-05"), "has the date 0206-01-05, .* mend it"),
        (lambda t: t.assign(date=20160301), "dates that are numbers: write them 2022-12-30"),
        (changed(symbol=None), "a row without a date or a symbol"),
        (changed(growth="much"), "cannot be read .*much.*: mend that cell"),
        (changed(growth=np.inf), "has an infinite growth rate: mend or drop that row"),
        (lambda t: pd.concat([t, t.iloc[[7]]]), "has F00 twice on 2018-09-04: keep one"),
        (lambda t: t.iloc[-19:], r"No firm has 20 growth rates, .* \(the most are 19 of F04\)"),
        (lambda t: t.assign(growth=np.nan), r"No firm has 20 growth rates, .* are 0 of F00\)"),
    ],
)
def test_bad_tables_get_one_clear_sentence(
    forecaster: Forecaster, change: Callable[[pd.DataFrame], pd.DataFrame], sentence: str
) -> None:
    table = change(asked(GROWTH.iloc[-50:]))
    with pytest.raises(InputError, match=sentence) as caught:
        forecaster.forecast(table)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize("levels", [[], [0.0], [0.5, 1.0], [float("nan")], [-0.1, 0.5]])
def test_levels_that_are_none_are_refused(forecaster: Forecaster, levels: list[float]) -> None:
    with pytest.raises(InputError, match="are not all between 0 and 1: mend them"):
        forecaster.forecast(asked(GROWTH), levels)


def test_dates_that_the_calendar_does_not_know_are_refused() -> None:
    tokyo = Forecaster(network(), about(calendar="XTKS"))
    with pytest.raises(InputError, match="The calendar XTKS does not reach over the dates"):
        tokyo.forecast(asked(ending("1950-01-06")))


def test_a_forecaster_is_read_as_it_was_written(forecaster: Forecaster, tmp_path: Path) -> None:
    files = write(tmp_path, network(), about())
    loaded = Forecaster.load(**files)
    assert loaded.about == about()
    found = loaded.forecast(asked(LATELY))
    pd.testing.assert_frame_equal(found, forecaster.forecast(asked(LATELY)))


@pytest.mark.parametrize("name", ["range", "volume"])
@pytest.mark.parametrize(("value", "sentence"), [(-1.0, "below zero"), (np.inf, "infinite")])
def test_a_range_or_volume_that_cannot_be_is_refused(
    forecaster: Forecaster, name: str, value: float, sentence: str
) -> None:
    table = asked(LATELY).assign(**{name: 1.0})
    table.loc[7, name] = value
    with pytest.raises(InputError, match=f"has a {name} that is .*{sentence}"):
        forecaster.forecast(table)


def test_a_network_of_ranges_and_volumes_answers_without_them_too() -> None:
    names = Window().inputs(told=True)
    forecaster = Forecaster(network(features=names), about(features=names))
    traded = universe.traded(GROWTH)
    table = asked(LATELY, range=traded["ranges"], volume=traded["volumes"])
    told = forecaster.forecast(table)
    less = forecaster.forecast(table.drop(columns=["range", "volume"]))
    assert np.isfinite(less[PARTS]).all(axis=None)
    assert not np.allclose(less[PARTS], told[PARTS], rtol=1e-3)
