import json
from functools import cache

import numpy as np
import pandas as pd
import pytest
import scoringrules
from universe import baseline_names, growth_panel

import models
from pipeline.errors import ConfigError, InputError
from pipeline.evaluation.evaluate import evaluate
from pipeline.evaluation.forecasts import forecast_of
from pipeline.evaluation.foretell import foretell
from pipeline.evaluation.proper import crps
from pipeline.evaluation.scores import SCORES
from pipeline.features.features import FROM_GROWTH
from pipeline.outputs import Baselined, Evaluated, Grown, Trained, Windowed
from pipeline.panel.windows import window
from pipeline.settings.evaluate import Evaluate
from pipeline.settings.window import Window
from pipeline.watch import Silence

METRICS = {score.key for score in SCORES if score.run}


class Notes(Silence):
    """A watch that remembers what it was told."""

    def __init__(self) -> None:
        self.sentences: list[str] = []

    def note(self, sentence: str) -> None:
        self.sentences.append(sentence)


def planted() -> Grown:
    growth = growth_panel(firms=6, days=300)
    growth.iloc[:250, -1] = np.nan  # listed among the test days, with 50 days to go
    growth.iloc[270:280, 1] = np.nan
    return Grown(growth, {})


def network(horizon: int) -> Trained:
    built = models.build("gru", features=len(FROM_GROWTH) + 1, horizon=horizon, units=4)
    return Trained(models.to_bytes(built), pd.DataFrame(), {})


@cache
def foretold(horizon: int) -> Baselined:
    """What baselines forecast of the planted growth."""
    grown = planted()
    return foretell(Evaluate(), panel(grown, horizon), grown, watch=Silence())


def evaluated(grown: Grown, trained: Trained, horizon: int, watch: Silence) -> Evaluated:
    """Evaluate a network on growth that was planted, or is known on the same firm-days."""
    windowed = panel(grown, horizon)
    return evaluate(Evaluate(), windowed, grown, trained, foretold(horizon), watch=watch)


def panel(grown: Grown, horizon: int) -> Windowed:
    return window(Window(lookback=20, horizon=horizon), grown)


@pytest.fixture(scope="module")
def one_day() -> tuple[Grown, Trained, Evaluated, Notes]:
    grown, trained, watch = planted(), network(horizon=1), Notes()
    return grown, trained, evaluated(grown, trained, 1, watch), watch


@pytest.fixture(scope="module")
def three_days() -> tuple[Grown, Evaluated]:
    grown = planted()
    return grown, evaluated(grown, network(horizon=3), 3, Silence())


def test_every_growth_rate_of_the_test_days_is_forecast_once(
    one_day: tuple[Grown, Trained, Evaluated, Notes],
) -> None:
    grown, _, found, watch = one_day
    # 85 % of 300 days: the first test origin is day 254, so days 255 … 299 are forecast.
    expected = grown.growth.iloc[255:].stack().dropna()  # noqa: PD013
    # The late firm has its twentieth growth rate on day 269: days 255 … 269 are left out.
    late = expected.index.get_level_values("symbol") == "F05"
    early = expected.index.get_level_values("date") <= grown.growth.index[269]
    expected = expected[~(late & early)]
    table = found.forecasts.set_index(["date", "symbol"])
    assert (table["horizon"] == 1).all()
    pd.testing.assert_series_equal(table["growth"], expected, check_names=False, check_freq=False)
    assert found.scores["left_out"] == 15
    assert watch.sentences == [
        "15 growth rates of the test days are not forecast: the firm had fewer than 20 growth "
        "rates before them."
    ]


def test_forecasts_are_the_networks_own_in_growth_units(
    one_day: tuple[Grown, Trained, Evaluated, Notes],
) -> None:
    grown, trained, found, _ = one_day
    windowed = panel(grown, 1)
    raw = np.asarray(models.from_bytes(trained.network)(windowed.features[2:3]))[0, :, 0]
    own = found.forecasts[found.forecasts["symbol"] == "F02"]
    origins = grown.growth.index.get_indexer(pd.DatetimeIndex(own["date"])) - 1
    assert len(own) == 45
    unit = windowed.unit[2, origins]
    np.testing.assert_allclose(own["location"], raw[origins, 0] * unit, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(own["scale"], raw[origins, 1] * unit, rtol=1e-3)
    np.testing.assert_allclose(own["df"], raw[origins, 2], rtol=1e-3)


def test_scores_are_those_of_the_table(
    one_day: tuple[Grown, Trained, Evaluated, Notes],
) -> None:
    _, _, found, _ = one_day
    table, scores = found.forecasts, found.scores
    error = table["growth"] - table["location"]
    crps = scoringrules.crps_t(table["growth"], table["df"], table["location"], table["scale"])
    assert scores["crps"] == pytest.approx(np.mean(crps))
    assert scores["mae"] == pytest.approx(error.abs().mean())
    assert scores["rmse"] == pytest.approx((error**2).mean() ** 0.5)
    assert scores["coverage_50"] == table["growth"].between(table["q25"], table["q75"]).mean()
    assert scores["coverage_90"] == table["growth"].between(table["q05"], table["q95"]).mean()
    daily = [day["location"].corr(day["growth"]) for _, day in table.groupby("date")]
    assert scores["information_coefficient"] == pytest.approx(np.mean(daily))
    assert (table["q50"] - table["location"]).abs().max() < 1e-9
    assert scores["first"] == f"{table['date'].iloc[0]:%Y-%m-%d}"
    assert scores["last"] == f"{table['date'].iloc[-1]:%Y-%m-%d}"
    assert (scores["forecasts"], scores["days"], scores["firms"]) == (len(table), 45, 6)


def test_baselines_forecast_the_same_firm_days(
    one_day: tuple[Grown, Trained, Evaluated, Notes],
) -> None:
    _, _, found, _ = one_day
    baselined = foretold(1)
    assert list(baselined.forecasts) == [
        "baseline", "date", "symbol", "horizon", "location", "scale", "df", "skew", "growth",
    ]  # fmt: skip
    assert list(baselined.forecasts["baseline"].unique()) == baseline_names()
    assert found.scores["fallbacks"] == baselined.fallbacks
    keys = ["date", "symbol", "horizon"]
    for name, table in baselined.forecasts.groupby("baseline"):
        rows = table[keys].reset_index(drop=True)
        pd.testing.assert_frame_equal(rows, found.forecasts[keys])
        scores = crps(forecast_of(table), table["growth"].to_numpy())
        assert found.scores["baselines"][name]["crps"] == pytest.approx(np.mean(scores))


def test_calibration_counts_every_forecast_of_every_model(
    one_day: tuple[Grown, Trained, Evaluated, Notes],
) -> None:
    _, _, found, _ = one_day
    counts = found.calibration.groupby("model", sort=False)["count"].sum()
    assert counts.to_dict() == dict.fromkeys(["network", *baseline_names()], len(found.forecasts))


def test_scores_by_horizon(three_days: tuple[Grown, Evaluated]) -> None:
    grown, found = three_days
    scores = found.scores
    assert json.loads(json.dumps(scores, allow_nan=False)) == scores
    assert {
        *("crps", "log_score", "mae", "rmse", "directional_accuracy", "information_coefficient"),
        *("coverage_50", "coverage_90"),
    } <= METRICS
    assert set(scores) > METRICS
    assert all(set(beside) == METRICS for beside in scores["baselines"].values())
    assert [part["horizon"] for part in scores["by_horizon"]] == [1, 2, 3]
    assert all(set(part) > METRICS for part in scores["by_horizon"])
    parts = [(part["forecasts"], part["crps"]) for part in scores["by_horizon"]]
    assert sum(size for size, _ in parts) == scores["forecasts"] == len(found.forecasts)
    assert scores["crps"] == pytest.approx(
        sum(size * crps for size, crps in parts) / scores["forecasts"]
    )
    table = found.forecasts
    assert table.set_index(["date", "symbol", "horizon"]).index.is_monotonic_increasing
    day = grown.growth.index[258]
    assert table.loc[(table["date"] == day) & (table["symbol"] == "F02"), "horizon"].tolist() == [
        1, 2, 3,
    ]  # fmt: skip


def test_nothing_after_the_origin_moves_a_forecast(
    one_day: tuple[Grown, Trained, Evaluated, Notes],
) -> None:
    grown, trained, before, _ = one_day
    changed = grown.growth.copy()
    changed.iloc[276:] = np.random.default_rng(0).normal(40.0, 90.0, size=(24, 6))
    changed = changed.where(grown.growth.notna())
    after = evaluated(Grown(changed, {}), trained, 1, Silence())
    columns = ["date", "symbol", "location", "scale", "df", "q05", "q95"]
    until = grown.growth.index[276]  # forecast at the end of day 275
    both = [
        found.forecasts.loc[found.forecasts["date"] <= until, columns].set_index(["date", "symbol"])
        for found in (before, after)
    ]
    shared = both[0].index.intersection(both[1].index)
    assert len(shared) == len(both[0])
    pd.testing.assert_frame_equal(both[0].loc[shared], both[1].loc[shared], rtol=1e-6)
    scales = [found.forecasts.set_index(["date", "symbol"])["scale"] for found in (before, after)]
    last = (grown.growth.index[-1], "F02")
    assert scales[0][last] != pytest.approx(scales[1][last], rel=1e-3)


def test_test_days_without_growth_are_refused() -> None:
    grown = planted()
    grown.growth.iloc[255:] = np.nan
    with pytest.raises(InputError, match=r"No firm has a growth rate .* the test days"):
        evaluated(grown, network(horizon=1), 1, Silence())


def test_a_network_that_forecasts_nonsense_is_refused() -> None:
    built = models.build("gru", features=len(FROM_GROWTH) + 1, units=4)
    built.set_weights([np.full_like(weight, np.nan) for weight in built.get_weights()])
    trained = Trained(models.to_bytes(built), pd.DataFrame(), {})
    with pytest.raises(
        ConfigError, match=r"not finite for 2\d\d of 2\d\d firm-days, first for F00"
    ):
        evaluated(planted(), trained, 1, Silence())


def test_fold_is_what_the_numbers_above_count_on() -> None:
    fold = panel(planted(), 1).fold
    assert (fold.test, fold.lookback) == ((254, 299), 20)


def test_the_network_is_joined_with_the_combination_of_the_baselines(
    three_days: tuple[Grown, Evaluated],
) -> None:
    _, found = three_days
    baselines = foretold(3).forecasts
    rows = baselines[baselines["baseline"] == "combination"]
    keys = ["date", "symbol", "horizon"]
    both = found.forecasts.merge(rows, on=keys, suffixes=("", "_other"), validate="1:1")
    assert len(both) == len(found.forecasts)
    mean = {name: 0.5 * (both[name] + both[f"{name}_other"]) for name in ("location", "skew")} | {
        "scale": np.sqrt(both["scale"] * both["scale_other"]),
        "df": 2.0 / (1.0 / both["df"] + 1.0 / both["df_other"]),
    }
    wanted = crps(forecast_of(both.assign(**mean)), both["growth"].to_numpy()).mean()
    assert found.scores["joined"]["crps"] == pytest.approx(wanted)
    assert "joined" not in found.scores["baselines"]
