"""Similarity at rolling origins."""

import numpy as np
import pytest
import universe
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import rankdata, spearmanr

from models.comovement import initial
from pipeline.errors import InputError
from pipeline.similarity.embedding import comovement
from pipeline.similarity.embedding.reading import SIZES
from pipeline.similarity.study import rolling, scores
from pipeline.similarity.study.rolling import FIGURES, places, rank_parts, roll
from pipeline.similarity.study.titles import CONTROLS, TITLES
from pipeline.watch import Silence


@pytest.fixture(scope="module", autouse=True)
def untrained():
    """Other first weights: training takes seconds, and has tests of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(comovement, "train", lambda _, seed: initial(SIZES, seed + 1))
        yield


@pytest.fixture(scope="module")
def growth():
    return universe.growth_panel(firms=24, days=900, groups=4, gaps=False)


@pytest.fixture(scope="module")
def rolled(growth):
    firms = universe.firms_table(growth, 4)
    at = places(len(growth), 2).tolist()
    return roll(growth, firms, at, 8, [0], draws=200, watch=Silence())


def symmetric(seed, firms=9):
    values = np.random.default_rng(seed).normal(size=(firms, firms))
    values = values + values.T
    np.fill_diagonal(values, np.nan)
    return values


def test_origins_are_spread_over_the_days_that_leave_enough():
    assert places(1752, 4).tolist() == [500, 833, 1166, 1500]
    assert places(800, 1).tolist() == [548]
    assert places(752, 4).tolist() == [500]
    with pytest.raises(InputError, match="need 752 days, and there are 751"):
        places(751, 1)


def test_parts_of_a_rank_correlation_average_to_it():
    score, later = symmetric(0), symmetric(1)
    upper = np.triu_indices(9, 1)
    expected = spearmanr(score[upper], later[upper]).statistic
    assert rank_parts(score, later).mean() == pytest.approx(expected)


def test_what_changes_is_foretold_beside_what_was():
    former, later = symmetric(2), symmetric(3)
    upper = np.triu_indices(9, 1)
    ranks = [rankdata(np.concatenate([one[upper]] * 2)) for one in (former, later)]
    score = former + 0.5 * (later - former)
    mine = rankdata(np.concatenate([score[upper]] * 2))
    expected = spearmanr(mine - ranks[0], ranks[1] - ranks[0]).statistic
    found = rank_parts(score, later, former)
    assert np.nanmean(found) == pytest.approx(expected)
    assert np.isnan(rank_parts(former, later, former)).all()


def test_a_firm_without_pairs_has_no_part():
    score, later = symmetric(4), symmetric(5)
    score[2] = score[:, 2] = np.nan
    found = rank_parts(score, later)
    assert np.isnan(found[2]) and np.isfinite(np.delete(found, 2)).all()


def test_every_measure_and_its_controls_are_judged(rolled):
    names = [TITLES["learned"], *CONTROLS.values()]
    assert list(rolled.figures["measure"][:3]) == names
    assert list(rolled.figures.columns) == ["measure", *FIGURES]
    assert rolled.origins == ["2016-12-02", "2017-06-28"]
    table = rolled.figures.set_index("measure")
    assert table.loc[TITLES["learned"], "sector"] > 0.95
    assert table.loc[TITLES["learned"], "later_correlation"] > 0.3
    assert table["young_correlation"].notna().all()
    beside = rolled.differences.groupby("figure")["beside"].agg(list)
    assert all(of[-2:] == names[1:] for of in beside)
    assert (rolled.differences["low"] <= rolled.differences["high"]).sum() > 20


def test_differences_are_those_of_the_figures(rolled):
    table = rolled.figures.set_index("measure")
    for row in rolled.differences.to_dict("records"):
        if row["figure"] in ("later_correlation", "sector"):
            figure = table[row["figure"]]
            expected = figure[TITLES["learned"]] - figure[row["beside"]]
            assert row["difference"] == pytest.approx(expected, abs=1e-9)


def test_of_young_firms_the_last_days_alone_are_seen(growth):
    young, before = np.array([1, 5]), growth.to_numpy()[:600]
    other = before.copy()
    other[:540, young] = -2.0 * before[:540, young][::-1]
    old = np.setdiff1d(np.arange(24), young)
    kept, found = (scores.classical(panel, young, 60)["pearson"][1] for panel in (before, other))
    assert kept.shape == (2, 24)
    assert_allclose(found[:, old], kept[:, old], atol=1e-12)
    # Through the market of all firms, the others' days have something of what the two did.
    one, two = (scores.learned(panel, 8, [0], young, 60)["no_network"] for panel in (before, other))
    like = np.corrcoef(one[1][:, old].ravel(), two[1][:, old].ravel())[0, 1]
    assert like > 0.95 > np.corrcoef(one[0][young].ravel(), two[0][young].ravel())[0, 1]


def test_labels_judge_and_change_no_score(growth, rolled):
    firms = universe.firms_table(growth, 4)
    firms["sector"] = firms["sector"].sample(frac=1.0, random_state=1).to_numpy()
    at = places(len(growth), 2).tolist()
    other = roll(growth, firms, at, 8, [0], draws=200, watch=Silence())
    same = [name for name in FIGURES if name not in ("sector", "industry")]
    assert_allclose(other.figures[same], rolled.figures[same], atol=1e-3)
    assert (other.figures["sector"] != rolled.figures["sector"]).any()


def test_intervals_are_of_firms_and_origins():
    values = np.tile(np.array([[0.0], [1.0]]), (1, 30))
    low, high = rolling._interval(values, 400)
    assert low == 0.0 and high == 1.0
    assert np.isnan(rolling._interval(np.full((2, 3), np.nan), 10)).all()
    assert_array_equal(np.isnan(rolling._mean(np.full((2, 1, 3), np.nan))), [True])
