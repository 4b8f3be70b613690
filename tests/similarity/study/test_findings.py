"""A study of a planted universe: groups are found, and the better measure wins."""

import numpy as np
import pandas as pd
import pytest
import universe
from numpy.testing import assert_allclose
from worlds import DAYS, FIRMS, GROUPS, SPLIT, planted_growth, planted_study, symmetric, views

from pipeline.errors import InputError
from pipeline.similarity.study.figures import BY_KEY, FIGURES
from pipeline.similarity.study.figures import GROUPS as FIGURE_GROUPS
from pipeline.similarity.study.findings import compare, findings
from pipeline.similarity.study.scorecard import Scorecard
from pipeline.similarity.study.views import Views, on_the_same_firms

LABEL_FIGURES = [figure.key for figure in FIGURES if figure.group in ("sectors", "industries")]


@pytest.fixture(scope="module")
def good():
    """The learned measure is hardly blurred, the classical one much."""
    return planted_study(0.05, 1.0)


@pytest.fixture(scope="module")
def bad():
    """The learned measure is much blurred, the classical one hardly."""
    return planted_study(1.0, 0.05)


def test_planted_groups_are_found(good):
    learned = good.figures.loc["learned"]
    for key in ("sector_precision_5", "knn_accuracy", "knn_macro_f1", "adjusted_rand"):
        assert learned[key] > 0.95
    # Peers are of the same group, whose later residuals go together.
    assert learned["later_correlation_5"] > 0.3 > good.figures.loc["random", "later_correlation_5"]
    assert learned["hedged_variance"] < 0.6
    assert learned["stability_years"] > 0.5 and learned["stability_seeds"] > 0.5


def test_the_table_of_figures(good):
    assert list(good.figures.index) == ["learned", "residual", "random", "majority"]
    assert list(good.figures.columns) == list(BY_KEY) == [figure.key for figure in FIGURES]
    assert set(FIGURE_GROUPS) == {figure.group for figure in FIGURES}
    assert all(BY_KEY[key].group == group for group, key in FIGURE_GROUPS.items())
    assert np.isnan(good.figures.loc["residual", "stability_seeds"])
    assert good.figures.loc[["learned"]].notna().all(axis=None)


def test_random_neighbours_and_the_majority_are_what_chance_gives(good):
    random, majority = good.figures.loc["random"], good.figures.loc["majority"]
    # Nine of the 39 others are of a firm's own group; ten of 40 firms are of the largest.
    assert random["sector_precision_5"] == pytest.approx(9 / 39, abs=0.03)
    assert abs(random["firm_rank_correlation"]) < 0.05
    # Two random sets of 10 of 39 have about 100/39 in common.
    assert random["stability_years"] == pytest.approx(0.15, abs=0.02)
    assert majority["knn_accuracy"] == 0.25
    assert majority["knn_macro_f1"] == pytest.approx(0.4 / 4)
    assert majority.notna().sum() == 2


@pytest.mark.parametrize(("name", "winner"), [("good", "learned"), ("bad", "classical")])
def test_the_measure_that_is_less_blurred_wins(request, name, winner):
    found = request.getfixturevalue(name)
    rows = found.differences.set_index("figure")
    for key in ("sector_precision_5", "later_correlation_5", "hedged_variance", "stability_years"):
        assert rows.loc[key, "winner"] == winner
        assert rows.loc[key, "firms"] == FIRMS
    assert (rows["best_classical"] == "residual").all()
    assert "stability_seeds" not in rows.index and "knn_macro_f1" not in rows.index
    assert_allclose(rows["learned"] - rows["classical"], rows["difference"], atol=1e-12)
    means = found.figures.loc["learned", rows.index]
    assert_allclose(means.astype(float), rows["learned"], atol=0.02)


def test_the_best_classical_measure_is_the_best_of_each_figure():
    def card(precision, variance):
        values = {"sector_precision_5": precision, "hedged_variance": variance}
        return Scorecard({key: np.full(12, value) for key, value in values.items()}, {})

    nothing = card(np.nan, np.nan)
    cards = {"own": card(0.5, 0.5), "a": card(0.4, 0.4), "b": card(0.6, 0.6), "none": nothing}
    found = compare(cards, draws=50).set_index("figure")
    assert found["best_classical"].to_dict() == {"sector_precision_5": "b", "hedged_variance": "a"}
    assert (found["winner"] == "classical").all()
    assert not len(compare({"own": nothing, "a": card(0.4, 0.4)}))


def test_similarity_goes_with_the_planted_sector_alone(good):
    assert list(good.associations.columns) == [
        *("measure", "predictor", "kind", "effect", "p_value", "r_squared", "firms")
    ]
    rows = good.associations.set_index(["measure", "kind", "predictor"]).sort_index()
    assert len(rows) == 2 * 2 * 5
    single, joint = rows.loc["learned", "single"], rows.loc["learned", "joint"]
    assert single.loc["same_sector", "effect"] > 0.8
    assert single.loc["same_sector", "p_value"] == joint.loc["same_sector", "p_value"] == 0.02
    assert joint.loc["capitalisation", "p_value"] > 0.05
    assert (joint["r_squared"] >= single.loc["same_sector", "r_squared"] - 1e-6).all()
    assert (rows["firms"] == FIRMS).all()


def test_labels_score_and_do_nothing_else(good):
    sectors = universe.firms_table(planted_growth(), GROUPS)["sector"].tolist()
    shuffled = np.random.default_rng(0).permutation(sectors).tolist()
    other = planted_study(0.05, 1.0, sectors=shuffled, permutations=9)
    blind = [key for key in BY_KEY if key not in LABEL_FIGURES]
    pd.testing.assert_frame_equal(good.figures[blind], other.figures[blind])
    kept = good.differences["figure"].isin(blind)
    assert kept.sum() == 7
    pd.testing.assert_frame_equal(
        good.differences[kept], other.differences[other.differences["figure"].isin(blind)]
    )
    assert other.figures.loc["learned", "sector_precision_5"] < 0.4


def test_the_summary(good):
    summary = good.summary
    assert summary["measures"] == ["learned", "residual"]
    assert summary["early"] == {"days": SPLIT, "first": "2015-01-02", "last": "2016-07-14"}
    assert summary["later"]["days"] == DAYS - SPLIT and summary["whole"]["days"] == DAYS
    assert (summary["firms"], summary["firms_compared"], summary["sectors"]) == (40, 40, 4)
    assert (summary["years"], summary["seeds"], summary["permutations"]) == (4, 3, 49)


def test_the_same_seed_gives_the_same_study(good):
    again = planted_study(0.05, 1.0)
    pd.testing.assert_frame_equal(good.figures, again.figures)
    pd.testing.assert_frame_equal(good.associations, again.associations)
    assert good.summary == again.summary


def asked(measures=None, firms=None, cut=SPLIT, **settings):
    growth = planted_growth()
    firms = universe.firms_table(growth, GROUPS) if firms is None else firms
    two = measures or {"learned": views(growth, 0.1), "residual": views(growth, 0.0)}
    return findings(two, firms, growth.iloc[:SPLIT], growth.iloc[cut:], growth,
                 permutations=9, draws=50, **settings)  # fmt: skip


def test_firms_that_one_measure_does_not_know_judge_none():
    growth = planted_growth()
    learned, residual = views(growth, 0.1), views(growth, 0.0)
    for matrix in learned.matrices:
        matrix[3] = matrix[:, 3] = np.nan
    found = asked({"learned": learned, "residual": residual})
    assert found.summary["firms_compared"] == FIRMS - 1
    assert (found.differences["firms"] == FIRMS - 1).all()
    assert (found.associations["firms"] == FIRMS - 1).all()
    # Firm 3 is no peer either: the residual measure is judged as if it did not know it.
    for matrix in residual.matrices:
        matrix[3] = matrix[:, 3] = np.nan
    again = asked({"learned": learned, "residual": residual})
    pd.testing.assert_frame_equal(found.figures, again.figures)


def test_without_labels_years_and_seeds_the_rest_is_told():
    growth = planted_growth()
    firms = universe.firms_table(growth, GROUPS).assign(sector=None, industry=None, market_cap=None)
    measures = {
        name: Views(views(growth, amount).early, views(growth, amount).whole)
        for name, amount in (("learned", 0.1), ("residual", 0.0))
    }
    found = asked(measures, firms)
    assert found.figures[LABEL_FIGURES].isna().all(axis=None)
    assert found.figures[["stability_years", "stability_seeds"]].isna().all(axis=None)
    assert found.figures.loc["learned", "later_correlation_5"] > 0.3
    single = found.associations[found.associations["kind"] == "single"].set_index("predictor")
    assert single.loc[["same_sector", "same_industry", "capitalisation"], "effect"].isna().all()
    joint = found.associations[found.associations["kind"] == "joint"]
    assert set(joint["predictor"]) == {"beta", "volatility"} and joint["effect"].notna().all()


def test_a_measure_that_knows_nothing_takes_nothing_from_the_others():
    growth = planted_growth()
    known = views(growth, 0.1)
    nothing = Views(known.early * np.nan, known.whole * np.nan)
    found = asked({"learned": known, "residual": views(growth, 0.0), "none": nothing})
    assert found.figures.loc["learned", "sector_precision_5"] > 0.9
    assert found.figures.loc["none"].isna().all()
    assert "none" not in set(found.differences["best_classical"])


def test_few_firms_have_no_intervals_and_fewer_figures():
    growth = planted_growth().iloc[:, [0, 1, 4, 5]]
    firms = universe.firms_table(growth, 2)
    measures = {"learned": views(growth, 0.1), "residual": views(growth, 0.0)}
    found = findings(
        measures, firms, growth.iloc[:SPLIT], growth.iloc[SPLIT:], growth, permutations=9
    )
    assert np.isnan(found.figures.loc["learned", "sector_precision_5"])
    assert found.figures.loc["learned", "sector_precision_1"] == 1.0
    assert (found.differences["winner"] == "neither").all()
    assert found.associations["effect"].isna().all()


def test_what_cannot_be_compared_is_refused():
    growth = planted_growth()
    one, other = views(growth, 0.1), views(growth, 0.0)
    with pytest.raises(InputError, match="nothing to compare"):
        asked({"learned": one})
    with pytest.raises(InputError, match="cannot be called 'random'"):
        asked({"learned": one, "random": other})
    with pytest.raises(InputError, match="same firms in the same order"):
        asked(firms=universe.firms_table(growth, GROUPS).iloc[::-1])
    with pytest.raises(InputError, match="no day may be in both parts"):
        asked(cut=SPLIT - 1)
    with pytest.raises(InputError, match="'residual' has the shape"):
        asked({"learned": one, "residual": Views(other.early[:5], other.whole)})
    with pytest.raises(InputError, match="'a seed' has the shape"):
        asked(seeds=[one.whole[:5]])
    with pytest.raises(InputError, match="different numbers of years"):
        asked({"learned": one, "residual": Views(other.early, other.whole, other.years[:2])})


def test_matrices_are_made_symmetric_and_left_as_they_were():
    matrix = symmetric(np.random.default_rng(0), 6)
    tilted = matrix + 0.1 * np.triu(np.ones((6, 6)), 1)
    kept = tilted.copy()
    found = on_the_same_firms({"a": Views(tilted, matrix), "b": Views(matrix, matrix)}, 6)
    assert_allclose(found["a"].early, found["a"].early.T)
    assert_allclose(tilted, kept)
