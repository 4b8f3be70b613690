"""The study stage on a planted universe."""

import dataclasses
from unittest import mock

import numpy as np
import pandas as pd
import planted
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from pipeline.settings.similarity import Study
from pipeline.similarity import classical
from pipeline.similarity.asking.peers import Peers
from pipeline.similarity.classical import offered
from pipeline.similarity.classical.gaps import MIN_COMMON
from pipeline.similarity.embedding.reading import Reading
from pipeline.similarity.study import study
from pipeline.similarity.study.study import TESTED, TITLES, scored_anew
from pipeline.watch import Silence

SECTION = Study(firms=100, permutations=99, draws=200)
FIRMS, DAYS, GROUPS = 32, 900, 4


@pytest.fixture(scope="module")
def embedded():
    return planted.embedded(
        firms=FIRMS, days=DAYS, groups=GROUPS, components=8, twins=True, block_days=21
    )


@pytest.fixture(scope="module")
def early(embedded):
    """Days up to the last that was learned from."""
    last = np.datetime64(embedded.basis["learned_to"])
    return slice(1, int(np.searchsorted(embedded.dates, last, side="right")))


class Notes(Silence):
    def __init__(self):
        self.steps = []

    def step(self, task, done, total):
        self.steps.append((task, done, total))


@pytest.fixture(scope="module")
def told():
    """What the watch of `found` is told."""
    return Notes()


@pytest.fixture(scope="module")
def found(embedded, told):
    return study.study(SECTION, embedded, watch=told)


@pytest.fixture(scope="module")
def given(embedded):
    return views(embedded)


def views(embedded):
    """What each measure is judged by, as the study is given it."""
    given = {}

    def record(measures, *parts, **settings):
        given.update(measures=measures, parts=parts[1:], **settings)
        raise study.InputError("recorded")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(study, "findings", record)
        study.study(SECTION, embedded, watch=Silence())
    return given


def test_the_learned_measure_stands_first_beside_all_others(found):
    names = [TITLES[name] for name in ("learned", "untrained", "no_network", *offered(FIRMS))]
    assert list(found.figures["measure"]) == [*names, "random", "majority"]
    assert found.summary["measures"] == names and names[0] == "the learned measure"
    assert set(found.differences["best_classical"]) <= set(names[3:])
    assert list(dict.fromkeys(found.associations["measure"])) == [TITLES[one] for one in TESTED]
    assert found.summary["firms"] == found.summary["firms_compared"] == FIRMS
    assert len(found.summary["sentences"]) > 3


def test_planted_groups_are_found(found):
    figures = found.figures.set_index("measure")
    assert figures.loc[TITLES["learned"], "sector_precision_5"] > 0.95
    assert figures.loc[TITLES["learned"], "later_correlation_5"] > 0.2
    assert (
        figures.loc[TITLES["learned"], "stability_seeds"] > figures.loc["random", "stability_years"]
    )
    assert figures.loc["random", "sector_precision_5"] < 0.4


def test_the_first_days_end_where_training_ends_and_the_later_ones_follow(found, embedded, early):
    days = [str(day) for day in embedded.dates]
    assert found.summary["early"] == {
        "days": early.stop - 1,
        "first": days[1],
        "last": embedded.basis["learned_to"],
    }
    assert found.summary["later"]["first"] == days[early.stop]
    assert found.summary["whole"] == {"days": DAYS - 1, "first": days[1], "last": days[-1]}


def test_views_are_those_of_the_days(embedded, given, early):
    present = np.unpackbits(embedded.present, axis=1, count=DAYS).T > 0
    readings = [Reading.unpacked(numbers) for numbers in embedded.readings]
    learned = given["measures"][TITLES["learned"]]
    none = given["measures"][TITLES["no_network"]]

    def anew(days, readings=readings):
        return scored_anew(readings, embedded.growth[days], present[days], 8)

    assert_allclose(learned.early, anew(early), atol=1e-5)
    assert_allclose(none.early, anew(early, []), atol=1e-5)
    peers = Peers(embedded)
    assert_allclose(learned.whole, peers.matrix(), atol=0.03)
    years = peers.calendar.years(peers.calendar.blocks()).values()
    assert len(learned.years) == len(years) == 3
    for matrix, blocks in zip(learned.years, years, strict=True):
        days = peers.calendar.days(blocks)
        assert_allclose(matrix, anew(days), atol=1e-5)
    growth = embedded.growth
    residual = given["measures"][TITLES["residual"]]
    assert_allclose(residual.early, classical.residual(growth[early]), atol=1e-9)
    assert_allclose(residual.whole, classical.residual(growth[1:]), atol=1e-9)
    assert_array_equal(given["parts"][0], growth[early])
    assert_array_equal(given["parts"][1], growth[early.stop :])
    assert len(given["seeds"]) == 2


def test_later_days_never_reach_the_early_view(embedded, given, early):
    growth = embedded.growth.copy()
    growth[early.stop :] = -2.0 * growth[early.stop :, ::-1]
    other = dataclasses.replace(embedded, growth=growth)
    kept, changed = given["measures"], views(other)["measures"]
    assert list(changed) == list(kept) and len(kept) == 3 + len(offered(FIRMS))
    for name in kept:
        assert_array_equal(changed[name].early, kept[name].early)
    assert (changed[TITLES["untrained"]].whole != kept[TITLES["untrained"]].whole).any()
    assert (changed[TITLES["pearson"]].whole != kept[TITLES["pearson"]].whole).any()


@pytest.mark.parametrize("block_days", [50, 400, 2000])
def test_long_blocks_let_no_later_day_into_the_first_ones(block_days):
    embedded = planted.embedded(firms=12, days=500, block_days=block_days)
    early, later, whole = views(embedded)["parts"]
    last = pd.Timestamp(embedded.basis["learned_to"])
    assert early.index[-1] == last < later.index[0]
    assert len(early) + len(later) == len(whole) == 499


def test_shuffled_sectors_change_no_view(embedded, given):
    firms = embedded.firms.copy()
    firms["sector"] = firms["sector"].sample(frac=1.0, random_state=1).to_numpy()
    kept = given["measures"]
    shuffled = views(dataclasses.replace(embedded, firms=firms))["measures"]
    for name, one in kept.items():
        for matrix, other in zip(one.matrices, shuffled[name].matrices, strict=True):
            assert_array_equal(matrix, other)


def test_too_many_firms_are_thinned_evenly(embedded):
    assert list(study.thinned(5, 10)) == [0, 1, 2, 3, 4]
    assert list(study.thinned(9, 3)) == [0, 4, 8]
    few = Study(firms=16, permutations=99, draws=200)
    found = study.study(few, embedded, watch=Silence())
    assert found.summary["firms"] == 16
    # Fewer firms than similarity by 10 eigenvectors needs.
    assert TITLES["eigen10"] not in set(found.figures["measure"])


@pytest.mark.parametrize("networks", [0, 1])
def test_scores_anew(embedded, networks):
    random = np.random.default_rng(0)
    group = np.arange(18) % 3
    growth = random.normal(size=(200, 3))[:, group] + random.normal(size=(200, 18))
    present = np.ones((200, 18), dtype=bool)
    present[:190, 4] = False
    readings = [Reading.unpacked(numbers) for numbers in embedded.readings[:networks]]
    score = scored_anew(readings, growth, present, 6)
    assert_array_equal(score, score.T)
    assert_array_equal(np.diag(score), 1.0)
    assert np.nanmax(np.abs(score)) <= 1.0
    # Ten days are fewer than the least number of common ones.
    assert np.isnan(np.delete(score[4], 4)).all() and MIN_COMMON > 10
    rest = np.delete(np.arange(18), 4)
    known, same = score[np.ix_(rest, rest)], group[rest][:, None] == group[rest]
    assert np.isfinite(known).all()
    assert known[same].min() > known[~same].max()


@pytest.mark.parametrize("firms", [1, 2])
def test_a_universe_that_is_too_small_is_told_and_not_an_error(firms):
    embedded = planted.embedded(firms=firms, groups=1, days=300, gaps=False)
    found = study.study(SECTION, embedded, watch=Silence())
    sentence = f"Similarity could not be judged: give at least 3 firms, there are {firms}."
    assert found.summary == {"sentences": [sentence]}
    for table in (found.figures, found.differences, found.associations, found.portfolios):
        assert isinstance(table, pd.DataFrame) and table.empty


def test_what_the_study_refuses_is_told(embedded):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(study, "TITLES", study.TITLES | {"untrained": "random"})
        found = study.study(SECTION, embedded, watch=Silence())
    (sentence,) = found.summary["sentences"]
    assert sentence.startswith("Similarity could not be judged: A measure cannot be called")
    assert found.figures.empty


def test_three_firms_are_studied():
    embedded = planted.embedded(firms=3, groups=1, days=300, gaps=False)
    found = study.study(SECTION, embedded, watch=Silence())
    assert len(found.figures) and len(found.summary["sentences"]) > 1


@pytest.mark.usefixtures("found")
def test_the_watch_is_told_of_every_measure(told):
    count = len(offered(FIRMS))
    assert told.steps == [("judging similarity", number, count) for number in range(count)]


def test_portfolios_that_cannot_be_held_leave_the_study_as_it_is():
    # One rate in ten is missing: no firm trades on enough days to be held.
    embedded = planted.embedded()
    growth = embedded.growth.copy()
    growth[np.random.default_rng(0).random(growth.shape) < 0.1] = np.nan
    found = study.study(SECTION, dataclasses.replace(embedded, growth=growth), watch=Silence())
    assert found.portfolios.empty and len(found.figures) > 5
    assert found.summary["portfolios"]["reason"].startswith("No portfolios were held: ")


def test_portfolios_follow_the_days_of_a_year():
    embedded = planted.embedded(days=300)
    other = dataclasses.replace(embedded, basis=embedded.basis | {"days_per_year": 365})
    with mock.patch.object(study, "hold", side_effect=study.InputError("enough")) as hold:
        study.study(SECTION, other, watch=Silence())
    assert hold.call_args.kwargs["days_per_year"] == 365
