"""The embed stage on a planted universe."""

import dataclasses

import numpy as np
import pandas as pd
import planted
import pytest
import universe
from numpy.testing import assert_allclose, assert_array_equal

from pipeline.errors import InputError
from pipeline.outputs import Grown
from pipeline.panel.windows import window
from pipeline.settings.similarity import Embed
from pipeline.similarity.asking.peers import Peers
from pipeline.similarity.embedding import comovement, exposures
from pipeline.similarity.embedding.days import Days
from pipeline.similarity.embedding.embed import embed, taught_to
from pipeline.similarity.embedding.lessons import origins
from pipeline.similarity.embedding.portfolios import portfolios
from pipeline.similarity.study.labels import precision_at
from pipeline.watch import Silence

FIELDS = ("held", "portfolios", "readings", "untrained", "days", "present")


@pytest.fixture(scope="module")
def embedded():
    return planted.embedded()


@pytest.fixture(scope="module")
def windowed():
    return window(planted.SECTION, universe.grown())


def test_shapes_types_and_edges(embedded):
    # 399 days are 19 blocks of 21; of their end and of their beginning there is one more.
    assert embedded.held.shape == (20, 5, 12, embedded.portfolios.shape[1] + 2)
    assert embedded.portfolios.shape[0] == 12 and embedded.days.shape == (400, 12)
    assert embedded.readings.shape == embedded.untrained.shape and len(embedded.readings) == 2
    assert embedded.present.shape == (12, 50) and embedded.present.dtype == np.uint8
    for name in ("held", "portfolios", "readings", "untrained", "days", "growth"):
        assert getattr(embedded, name).dtype == np.float32
    days = universe.SESSIONS[:400].to_numpy().astype("datetime64[D]")
    assert_array_equal(embedded.edges[0], [days[1], days[21]])
    assert_array_equal(embedded.edges[-1], [days[379], days[399]])
    assert_array_equal(embedded.dates, days)
    assert embedded.growth.shape == (400, 12)
    assert list(embedded.firms["symbol"]) == list(embedded.embedding["symbol"])
    assert list(embedded.embedding.columns[1:3]) == ["e0", "e1"]


def test_planted_groups_are_found():
    found = planted.embedded(firms=24, groups=4, components=8)
    scores = Peers(found).matrix().to_numpy()
    assert precision_at(scores, list(np.arange(24) % 4), 5) == 1.0


def test_firms_are_compared_on_the_days_of_which_their_volatility_is_known(embedded):
    # The last firm is listed on day 100; the first misses one day in 50.
    expected = np.ones((12, 400), dtype=bool)
    expected[:, 0] = expected[-1, :101] = False
    expected[0, 10::50] = False
    assert_array_equal(np.unpackbits(embedded.present, axis=1, count=400), expected)
    assert_array_equal(embedded.days.T != 0.0, expected)


@pytest.mark.parametrize("horizon", [1, 3])
def test_the_last_day_learned_from_is_the_last_that_validation_saw(horizon):
    section = planted.SECTION.model_copy(update={"horizon": horizon})
    windowed = window(section, universe.grown())
    fold, found = windowed.fold, taught_to(windowed)
    # A forecast on the last validation day is judged `horizon` days later; the test comes after.
    assert found == fold.valid[1] + horizon
    assert found <= fold.test[0] + horizon


def test_what_was_learned_from_is_told(embedded, windowed):
    stop = taught_to(windowed)
    assert embedded.basis == {
        "networks": [0, 1],
        "learned_to": str(windowed.dates[stop - 1].astype("datetime64[D]")),
        "lessons": len(origins(stop)),
        "first": 1,
        "days_per_year": 252,
    }
    assert embedded.basis["lessons"] > 2


def test_portfolios_and_exposures_follow_from_the_days(embedded):
    days = Days.of(embedded.growth)
    assert_array_equal(embedded.days, days.standard)
    assert_array_equal(embedded.portfolios, portfolios(days, 6))
    for block in (0, 2, 18):
        first, stop = 1 + 21 * block, 22 + 21 * block
        found = exposures.between(embedded.held[block], embedded.held[block + 1], 21)
        scratch = exposures.over(days, embedded.portfolios, first, stop)
        assert_allclose(found, scratch, atol=1e-3)


def test_shuffled_labels_change_no_score(embedded):
    firms = universe.firms_table(universe.grown().growth)
    for column in ("sector", "industry", "market_cap"):
        firms[column] = firms[column].sample(frac=1.0, random_state=1).to_numpy()
    shuffled = planted.embedded(firms=firms)
    for name in FIELDS:
        assert_array_equal(getattr(shuffled, name), getattr(embedded, name))
    pd.testing.assert_frame_equal(shuffled.embedding, embedded.embedding)


def test_firms_and_growth_follow_the_order_of_the_panel():
    grown = universe.grown(gaps=False, days=200)
    firms = universe.firms_table(grown.growth).iloc[::-1]
    found = planted.embedded(grown, firms=firms)
    assert list(found.firms["symbol"]) == list(grown.growth.columns)
    assert_allclose(found.growth, grown.growth.to_numpy(), rtol=1e-6)


def test_a_firm_s_steady_volatility_says_nothing():
    # Half of the firms are five times as nervous, in every group alike.
    growth = universe.growth_panel(gaps=False)
    nervous = np.arange(12) < 6
    growth.loc[:, nervous] *= 5.0
    scores = Peers(planted.embedded(Grown(growth, universe.grown().basis))).matrix().to_numpy()
    assert precision_at(scores, list(np.arange(12) % 3), 3) == 1.0
    same = nervous[:, None] == nervous
    off, groups = ~np.eye(12, dtype=bool), np.arange(12)[:, None] % 3 != np.arange(12) % 3
    assert abs(scores[same & off & groups].mean() - scores[~same & groups].mean()) < 0.2


@pytest.mark.parametrize("firms", [1, 2, 3])
def test_a_few_firms_can_be_embedded(firms):
    found = planted.embedded(firms=firms, groups=1, days=200, gaps=False)
    assert found.portfolios.shape == (firms, 1)
    scores = Peers(found).matrix().to_numpy()
    assert scores.shape == (firms, firms)
    assert_array_equal(np.diag(scores), 1.0)
    if firms > 2:
        assert np.isfinite(scores).all() and np.abs(scores).max() <= 1.0


def whole_stage(grown, steps=None):
    """The stage as the plan runs it, training and all."""
    notes = Silence()
    if steps is not None:
        notes.step = lambda *told: steps.append(told)
    section = Embed(components=6, networks=1)
    return embed(section, universe.ingested(), grown, window(planted.SECTION, grown), watch=notes)


@pytest.fixture(scope="module", autouse=True)
def quick():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(comovement, "STEPS", 30)
        yield


@pytest.fixture(scope="module")
def trained():
    steps = []
    return whole_stage(universe.grown(), steps), steps


def test_networks_are_trained_and_their_first_weights_are_kept_beside(trained):
    found, steps = trained
    assert found.readings.shape == found.untrained.shape and len(found.readings) == 1
    assert (found.readings != found.untrained).mean() > 0.5
    assert steps == [("learning who moves with whom", done, 1) for done in range(2)]


def test_days_that_judge_teach_nothing(trained):
    found, _ = trained
    grown = universe.grown()
    stop = taught_to(window(planted.SECTION, grown))
    changed = grown.growth.copy()
    changed.iloc[stop + 1 :] *= -3.0
    other = whole_stage(dataclasses.replace(grown, growth=changed))
    assert_array_equal(other.readings, found.readings)
    assert_array_equal(other.untrained, found.untrained)
    assert (other.held != found.held).any()
    assert found.basis["learned_to"] == other.basis["learned_to"]


def test_no_day_to_compare_is_refused():
    grown = universe.grown()
    panel = window(planted.SECTION, grown)
    short = dataclasses.replace(panel, dates=panel.dates[:1])
    with pytest.raises(InputError, match="no day to compare firms on: the prices cover 1 days"):
        embed(Embed(), universe.ingested(), grown, short, watch=Silence())
