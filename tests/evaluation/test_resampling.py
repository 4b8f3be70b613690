import numpy as np
import pandas as pd
import pytest
from arch.bootstrap import MCS, optimal_block_length
from scipy import signal

from pipeline.evaluation.resampling import block_length, bootstrap_intervals, confidence_set


def losses(days: int = 300, better: float = 0.0, seed: int = 0) -> pd.DataFrame:
    """Daily mean losses of four models that share the day's difficulty."""
    random = np.random.default_rng(seed)
    hard = signal.lfilter([1.0], [1.0, -0.6], random.exponential(size=days))
    own = 0.3 * random.normal(size=(days, 4))
    table = pd.DataFrame(2.0 + hard[:, None] + own, columns=list("abcd"))
    table["a"] -= better
    return table


def test_block_length_is_that_of_arch() -> None:
    table = losses()
    theirs = [optimal_block_length(table[name])["stationary"].iloc[0] for name in table]
    assert block_length(table.to_numpy()) == pytest.approx(max(theirs))
    assert block_length(np.ones((50, 2))) == 1.0


def test_intervals_are_wider_where_days_depend_on_one_another() -> None:
    random = np.random.default_rng(1)
    shocks = random.normal(size=2000)
    lasting = signal.lfilter([0.8], [1.0, -0.6], shocks)
    found = bootstrap_intervals(pd.DataFrame({"lasting": lasting}))
    apart = bootstrap_intervals(pd.DataFrame({"apart": random.permutation(lasting)}))
    width = found["high"].iloc[0] - found["low"].iloc[0]
    # An AR(1) of 0.6 has twice the standard error of independent days: √((1 + 0.6)/(1 − 0.6)).
    assert width / (apart["high"].iloc[0] - apart["low"].iloc[0]) == pytest.approx(2.0, abs=0.5)


def test_intervals_hold_the_true_mean_about_as_often_as_they_say() -> None:
    random = np.random.default_rng(2)
    series = signal.lfilter([1.0], [1.0, -0.3], random.normal(size=(100, 400)), axis=1)[:, 100:]
    held = 0
    for row in series:
        found = bootstrap_intervals(pd.DataFrame({"x": row}), reps=200)
        held += found["low"].iloc[0] <= 0.0 <= found["high"].iloc[0]
    assert 0.86 < held / 100 <= 0.99


def test_relative_intervals_know_that_models_share_their_days() -> None:
    table = losses(better=0.1)
    table["twice"] = 2.0 * table["b"]
    apart, beside = bootstrap_intervals(table), bootstrap_intervals(table, relative_to="b")
    assert (beside.loc["b"] == 1.0).all()
    assert beside.loc["twice"].to_numpy() == pytest.approx([2.0, 2.0, 2.0])
    assert beside.loc["a", "mean"] == pytest.approx(table["a"].mean() / table["b"].mean())
    # The means overlap, as both depend on how hard the drawn days are; the ratio does not.
    assert apart.loc["a", "high"] > apart.loc["b", "low"]
    assert beside.loc["a", "low"] < beside.loc["a", "mean"] < beside.loc["a", "high"] < 1.0


def test_intervals_are_the_same_every_time_and_know_gaps() -> None:
    table = losses()
    gone = table.copy()
    gone.loc[7, "b"] = np.nan
    pd.testing.assert_frame_equal(
        bootstrap_intervals(gone, reps=100), bootstrap_intervals(table.drop(index=7), reps=100)
    )
    short = bootstrap_intervals(table.iloc[:10])
    assert short[["low", "high"]].isna().all(axis=None)
    assert short["mean"].notna().all()


def test_the_confidence_set_is_that_of_arch() -> None:
    table = losses(better=0.02)
    block = int(np.ceil(block_length((table.T - table.mean(axis=1)).T.to_numpy())))
    theirs = MCS(table, size=0.1, reps=300, block_size=block, seed=5)
    theirs.compute()
    found = confidence_set(table, reps=300, seed=5)
    assert list(found.index) == list("abcd")
    share = theirs.pvalues["Pvalue"]
    assert found.to_dict() == pytest.approx(((1.0 + 300 * share) / 301).to_dict())


def test_a_better_model_stands_alone_and_equal_ones_stay() -> None:
    found = confidence_set(losses(better=0.2))
    assert found["a"] == 1.0
    # No draw comes near, which of a thousand draws and the sample itself leaves one in 1,001.
    assert found.drop("a").tolist() == pytest.approx([1.0 / 1001.0] * 3)
    kept = [(confidence_set(losses(days=100, seed=s), reps=200) > 0.1).all() for s in range(40)]
    assert np.mean(kept) > 0.75
    assert confidence_set(losses(days=10)).isna().all()
