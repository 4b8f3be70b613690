"""The embed stage on a planted universe."""

import numpy as np
import pandas as pd
import planted
import pytest
import universe
from numpy.testing import assert_allclose, assert_array_equal

from pipeline.errors import InputError
from pipeline.outputs import Grown
from pipeline.panel.windows import window
from pipeline.sections import Embed
from pipeline.similarity import blocks
from pipeline.similarity.embed import compare
from pipeline.similarity.validation import precision_at
from pipeline.watch import Silence

SUMS = ("products", "common")


@pytest.fixture(scope="module")
def embedded():
    return planted.embedded()


def compared(
    grown, states, lookback=planted.LOOKBACK, block_days=21, firms=None, watch=None, what="states"
):
    windowed = window(planted.SECTION, grown)
    return compare(
        Embed(block_days=block_days, components=4, compare=what),
        universe.firms_table(grown.growth) if firms is None else firms,
        grown,
        windowed,
        states,
        lookback,
        watch=watch or Silence(),
    )


def test_shapes_types_and_edges(embedded):
    # 400 days less 20 of lookback are 18 blocks of 21 days and one of 2.
    assert embedded.products.shape == embedded.common.shape == (20, 12, 12)
    assert embedded.products.dtype == np.float32
    assert embedded.common.dtype == np.uint16
    days = universe.SESSIONS[:400].to_numpy().astype("datetime64[D]")
    assert_array_equal(embedded.edges[0], [days[20], days[40]])
    assert_array_equal(embedded.edges[-1], [days[398], days[399]])
    assert_array_equal(embedded.dates, days)
    assert embedded.growth.shape == (400, 12)
    assert list(embedded.firms["symbol"]) == list(embedded.embedding["symbol"])
    assert list(embedded.embedding.columns[1:]) == ["e0", "e1", "e2", "e3"]


def test_common_days_are_the_days_on_which_both_have_growth_and_a_settled_state(embedded):
    # The last firm is listed on day 100 and settled 20 days later; the first misses one day in 50.
    last = embedded.common[-1]
    assert last[1, 2] == 380
    assert last[1, 11] == 400 - 120
    missing = np.arange(10, 400, 50)
    assert last[0, 1] == 380 - (missing >= 20).sum()
    assert last[0, 11] == 280 - (missing >= 120).sum()


def test_every_block_is_the_mean_over_its_days(embedded):
    grown = universe.grown()
    windowed = window(planted.SECTION, grown)
    states = planted.trajectories(windowed)
    seen = np.isfinite(grown.growth.to_numpy().T)
    seen[-1, :120] = False
    units, live = blocks.directions(states[:, 41:62], seen[:, 41:62])
    expected = np.einsum("itu,jtu->ij", units, units, dtype=np.float64)
    assert_allclose(embedded.products[2] - embedded.products[1], expected, atol=1e-4)
    assert_array_equal(embedded.common[2] - embedded.common[1], live.astype(int) @ live.T)


def test_shuffled_sectors_change_no_score(embedded):
    grown = universe.grown()
    firms = universe.firms_table(grown.growth)
    firms["sector"] = firms["sector"].sample(frac=1.0, random_state=1).to_numpy()
    states = planted.trajectories(window(planted.SECTION, grown))
    shuffled = compared(grown, states, firms=firms)
    assert_array_equal(shuffled.products, embedded.products)
    pd.testing.assert_frame_equal(shuffled.embedding, embedded.embedding)


def test_firms_and_growth_follow_the_order_of_the_panel():
    grown = universe.grown(gaps=False, days=200)
    firms = universe.firms_table(grown.growth).iloc[::-1]
    turned = Grown(grown.growth, grown.basis)
    states = planted.trajectories(window(planted.SECTION, grown))
    found = compared(turned, states, firms=firms)
    assert list(found.firms["symbol"]) == list(grown.growth.columns)
    assert_allclose(found.growth, grown.growth.to_numpy(), rtol=1e-6)


def test_days_after_a_range_change_nothing_in_it(embedded):
    # Trajectories of a causal network up to a day do not know what follows; neither do the sums.
    shorter = universe.growth_panel().iloc[:272]
    windowed = window(planted.SECTION, universe.grown())
    states = planted.trajectories(windowed)[:, :272]
    found = compared(Grown(shorter, universe.grown().basis), states)
    assert len(found.products) == 13
    assert_array_equal(found.products, embedded.products[:13])


def test_the_watch_is_told_of_every_block():
    steps = []

    class Notes(Silence):
        def step(self, task, done, total):
            steps.append((task, done, total))

    grown = universe.grown()
    compared(grown, planted.trajectories(window(planted.SECTION, grown)), watch=Notes())
    assert steps == [("comparing trajectories", done, 19) for done in range(20)]


def test_a_lookback_beyond_the_data_is_refused():
    grown = universe.grown(days=200)
    states = planted.trajectories(window(planted.SECTION, grown))
    with pytest.raises(InputError, match=r"lower window\.lookback"):
        compared(grown, states, lookback=200)


def test_changes_forget_what_a_firm_s_states_always_hold():
    # Each firm gets an offset of its own that never changes, as a steady volatility would.
    grown = universe.grown(gaps=False)
    states = planted.trajectories(window(planted.SECTION, grown))
    offset = np.random.default_rng(2).normal(scale=5.0, size=(12, 1, states.shape[2]))
    group = [number % 3 for number in range(12)]

    def precision(of, what):
        products, common = (getattr(compared(grown, of, what=what), n)[-1] for n in SUMS)
        return precision_at(blocks.scores(products, common), group, 3)

    shifted = (states + offset).astype(np.float32)
    assert precision(shifted, "changes") == precision(states, "changes") == 1.0
    assert precision(shifted, "states") < 0.8
