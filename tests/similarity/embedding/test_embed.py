"""The embed stage on a planted universe."""

import dataclasses

import numpy as np
import pandas as pd
import planted
import pytest
import universe
from numpy.testing import assert_allclose, assert_array_equal
from pipeline.similarity.embedding.directions import learn

from pipeline.errors import InputError
from pipeline.outputs import Grown
from pipeline.panel.windows import window
from pipeline.similarity.asking.peers import Peers
from pipeline.similarity.embedding import response, sums
from pipeline.similarity.embedding.embed import compared_days, learned_directions, responses
from pipeline.similarity.study.labels import precision_at
from pipeline.watch import Silence

FIELDS = ("sums", "directions", "responses", "untrained", "present")


@pytest.fixture(scope="module")
def embedded():
    return planted.embedded()


@pytest.fixture(scope="module")
def windowed():
    return window(planted.SECTION, universe.grown())


@pytest.fixture(scope="module")
def states(windowed):
    return [planted.trajectories(windowed, seed=seed) for seed in range(3)]


def test_shapes_types_and_edges(embedded):
    # 400 days less 20 of lookback are 18 blocks of 21 days and one of 2.
    assert embedded.sums.shape == (2, 20, 12, 4)
    assert embedded.directions.shape == (12, 4)
    assert embedded.responses.shape == (2, 400, 12) and embedded.untrained.shape == (400, 12)
    assert embedded.present.shape == (12, 50) and embedded.present.dtype == np.uint8
    for name in ("sums", "directions", "responses", "untrained", "growth"):
        assert getattr(embedded, name).dtype == np.float32
    days = universe.SESSIONS[:400].to_numpy().astype("datetime64[D]")
    assert_array_equal(embedded.edges[0], [days[20], days[40]])
    assert_array_equal(embedded.edges[-1], [days[398], days[399]])
    assert_array_equal(embedded.dates, days)
    assert embedded.growth.shape == (400, 12)
    assert list(embedded.firms["symbol"]) == list(embedded.embedding["symbol"])
    assert list(embedded.embedding.columns[1:]) == ["e0", "e1", "e2", "e3"]


def test_random_networks_find_the_planted_groups():
    found = planted.embedded(firms=24, groups=4, components=8)
    scores = Peers(found).matrix().to_numpy()
    assert precision_at(scores, list(np.arange(24) % 4), 5) == 1.0


def test_firms_are_compared_on_observed_days_once_their_states_have_settled(windowed, embedded):
    # The last firm is listed on day 100 and settled 20 days later; the first misses one day in 50.
    found = compared_days(windowed)
    assert found.first == 20
    expected = np.ones((12, 400), dtype=bool)
    expected[:, :20] = expected[-1, :120] = False
    expected[0, 10::50] = False
    assert_array_equal(found.present, expected)
    assert_array_equal(np.unpackbits(embedded.present, axis=1, count=400), expected)
    assert_array_equal(embedded.responses[0].T != 0.0, expected)


@pytest.mark.parametrize("horizon", [1, 3])
def test_the_last_day_learned_from_is_the_last_that_validation_saw(horizon):
    section = planted.SECTION.model_copy(update={"horizon": horizon})
    windowed = window(section, universe.grown())
    fold, found = windowed.fold, compared_days(windowed)
    # A forecast on the last validation day is judged `horizon` days later; the test comes after.
    assert found.learned == fold.valid[1] + horizon
    assert found.learned <= fold.test[0] + horizon


def test_what_was_learned_from_is_told(embedded, windowed):
    comparable = compared_days(windowed)
    last = str(windowed.dates[comparable.learned - 1].astype("datetime64[D]"))
    assert embedded.basis == {
        "networks": [0, 1],
        "learned_to": last,
        "first": 20,
        "days_per_year": 252,
    }


def test_responses_are_what_the_fitted_head_answers(embedded, windowed, states):
    comparable = compared_days(windowed)
    target = response.target(windowed, comparable.learned)
    for network, one in enumerate(states[:2]):
        head = response.fit(planted.passes(one)(), target, comparable.present, 20)
        answers = response.respond(head, planted.passes(one)(), comparable.present, 20)
        assert_array_equal(embedded.responses[network], answers)
    untrained = responses(planted.passes(states[2]), windowed, comparable)
    assert_array_equal(embedded.untrained, untrained)


def test_directions_and_sums_follow_from_the_responses(embedded, windowed):
    comparable = compared_days(windowed)
    together = sums.correlations(embedded.responses[:, 20:], comparable.present.T[20:])
    assert_array_equal(embedded.directions, learn(together, 4))
    for block in (0, 2, 18):
        first, stop = 20 + 21 * block, min(41 + 21 * block, 400)
        for network in range(2):
            scratch = sums.over(embedded.responses[network, first:stop], embedded.directions)
            added = embedded.sums[network, block + 1] - embedded.sums[network, block]
            assert_allclose(added, scratch, atol=1e-4)
    whole = sums.vectors(embedded.sums[:, -1].mean(axis=0), embedded.directions)
    assert_array_equal(embedded.embedding.drop(columns="symbol"), whole)


def test_directions_of_an_early_view_see_no_later_day(embedded, windowed):
    comparable = compared_days(windowed)
    changed = embedded.responses.copy()
    changed[:, 250:] = changed[:, 249:-1] * -2.0
    early = learned_directions(embedded.responses, comparable, 250, 4)
    assert_array_equal(learned_directions(changed, comparable, 250, 4), early)
    assert (learned_directions(changed, comparable, 300, 4) != early).any()


def test_shuffled_sectors_change_no_score(embedded, states):
    grown = universe.grown()
    firms = universe.firms_table(grown.growth)
    for column in ("sector", "industry", "market_cap"):
        firms[column] = firms[column].sample(frac=1.0, random_state=1).to_numpy()
    shuffled = planted.compared(grown, states[:2], untrained=states[2], firms=firms)
    for name in FIELDS:
        assert_array_equal(getattr(shuffled, name), getattr(embedded, name))
    pd.testing.assert_frame_equal(shuffled.embedding, embedded.embedding)


def test_firms_and_growth_follow_the_order_of_the_panel():
    grown = universe.grown(gaps=False, days=200)
    firms = universe.firms_table(grown.growth).iloc[::-1]
    states = planted.trajectories(window(planted.SECTION, grown))
    found = planted.compared(grown, [states], firms=firms)
    assert list(found.firms["symbol"]) == list(grown.growth.columns)
    assert_allclose(found.growth, grown.growth.to_numpy(), rtol=1e-6)


def test_responses_up_to_a_day_know_nothing_of_what_follows(windowed, states):
    # The head sees no day from `learned` on; a causal network's states do not know what follows.
    comparable = compared_days(windowed)
    kept = responses(planted.passes(states[0]), windowed, comparable)
    stop = comparable.learned
    growth, unit, later = windowed.growth.copy(), windowed.unit.copy(), states[0].copy()
    growth[:, stop:] *= -3.0
    unit[:, stop:] *= 5.0
    later[:, stop:] = later[::-1, stop:] + 1.0
    other = dataclasses.replace(windowed, growth=growth, unit=unit)
    found = responses(planted.passes(later), other, comparable)
    assert_array_equal(found[:stop], kept[:stop])
    assert (found[stop:] != kept[stop:]).any()


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


def test_the_watch_is_told():
    steps = []

    class Notes(Silence):
        def step(self, task, done, total):
            steps.append((task, done, total))

    grown = universe.grown(days=200)
    states = planted.trajectories(window(planted.SECTION, grown))
    planted.compared(grown, [states], watch=Notes())
    assert steps == [("learning directions", done, 1) for done in range(2)]


def test_a_lookback_beyond_the_data_is_refused(windowed):
    fold = dataclasses.replace(windowed.fold, lookback=400)
    with pytest.raises(InputError, match=r"cover 400 days, .*lower window\.lookback"):
        compared_days(dataclasses.replace(windowed, fold=fold))


@pytest.mark.parametrize("firms", [1, 2, 3])
def test_a_few_firms_can_be_embedded(firms):
    found = planted.embedded(firms=firms, groups=1, days=200, gaps=False)
    assert found.directions.shape == (firms, 1)
    scores = Peers(found).matrix().to_numpy()
    assert scores.shape == (firms, firms)
    assert_array_equal(np.diag(scores), 1.0)
    if firms > 1:
        assert np.isfinite(scores).all() and np.abs(scores).max() <= 1.0


def test_a_network_whose_states_say_nothing_leaves_firms_without_scores():
    grown = universe.grown(days=200)
    still = np.zeros((12, 200, 3), dtype=np.float32)
    found = planted.compared(grown, [still])
    assert_array_equal(found.responses, 0.0)
    with pytest.raises(InputError, match="F01"):
        Peers(found).similar("F01")
