"""Whether firms are nearer than unrelated ones."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import planted
import pytest
import universe

from pipeline.outputs import Grown
from pipeline.similarity.asking.chance import beyond, chance
from pipeline.similarity.asking.peers import Peers
from pipeline.similarity.embedding.days import standard
from pipeline.terminal.similarity import chance_line


def walks(firms: int, days: int, seed: int) -> Peers:
    """Firms whose prices are independent random walks, as random networks see them."""
    like = universe.grown(firms=firms, days=days, gaps=False)
    random = np.random.default_rng(seed)
    growth = 252.0 * 0.015 * random.standard_t(5, size=like.growth.shape)
    table = pd.DataFrame(growth, like.growth.index, like.growth.columns)
    return Peers(planted.embedded(Grown(table, like.basis)))


def noise(count: int, firms: int) -> np.ndarray:
    """Days of firms that have nothing in common."""
    values = np.random.default_rng(0).normal(size=(count, firms))
    return standard(values, np.ones_like(values, dtype=np.bool_))


@pytest.mark.parametrize(("firms", "days"), [(5, 500), (12, 600), (20, 900)])
def test_random_walks_are_no_better_than_chance(firms: int, days: int) -> None:
    peers = walks(firms, days, seed=firms)
    best = [peers.similar(symbol, beside=()) for symbol in peers.symbols]
    assert max(found["score"].max() for found in best) < 0.5
    for found in best:
        assert not found["beyond_chance"].any()
        assert chance_line(found).startswith("None of these scores is better than chance")
    pair = peers.explain("F00", best[0]["symbol"].iloc[0])
    assert pair.beyond_chance is False
    assert 0.0 < pair.chance <= 100.0


@pytest.mark.parametrize(("firms", "groups"), [(5, 2), (12, 3)])
def test_firms_of_a_planted_group_are_nearer_than_chance(firms: int, groups: int) -> None:
    peers = Peers(planted.embedded(firms=firms, days=600, groups=groups, gaps=False))
    for number, symbol in enumerate(peers.symbols):
        found = peers.similar(symbol, top=firms, beside=()).set_index("symbol")
        mates = [place % groups == number % groups for place in range(firms) if place != number]
        others = [name for name in peers.symbols if name != symbol]
        assert found.loc[others, "beyond_chance"].tolist() == mates
    assert peers.explain("F00", f"F{groups:02d}").beyond_chance is True


def test_the_chance_of_unrelated_firms_is_any() -> None:
    found = [chance(noise(900, 6), np.array([firm])) for firm in range(6)]
    known = np.concatenate(found)[np.isfinite(np.concatenate(found))]
    assert len(known) == 30
    assert 25.0 < known.mean() < 75.0
    assert np.isnan(found[2][2])


def test_few_days_can_tell_nothing() -> None:
    days = noise(40, 300)
    days[:, 1] = 0.5 * days[:, 0] + 0.8 * days[:, 1]
    found = pd.Series(chance(days, np.array([0])))
    assert not beyond(found, 300).any()
    assert found[1] < 2.0


def test_no_shift_that_comes_as_near_is_no_proof_that_none_would() -> None:
    # Of 100 days all but no shift and the 21 about it on either side are shifts: 57 of one pair.
    days = noise(100, 2)
    days[:, 1] = days[:, 0]
    assert chance(days, np.array([0]))[1] == pytest.approx(100.0 / 58.0)


@pytest.mark.parametrize("number", [105, 107])  # 107 is prime: the first two days are left out
def test_days_are_held_beside_each_other_at_every_shift(number: int) -> None:
    days = noise(number, 4)
    last = days[-105:]
    shifted = [
        float(np.roll(last[:, other], shift) @ last[:, 0])
        / float(np.sqrt((last[:, other] ** 2).sum() * (last[:, 0] ** 2).sum()))
        for other in (1, 2, 3)
        for shift in range(22, 105 - 21)
    ]
    own = days[:, 0] @ days[:, 1] / np.sqrt((days[:, 0] ** 2).sum() * (days[:, 1] ** 2).sum())
    count = sum(one >= own + 1.0 / 3.0 for one in shifted)
    assert chance(days, np.array([0]))[1] == pytest.approx(100.0 * (1 + count) / (1 + len(shifted)))


def test_firms_without_days_have_no_chance() -> None:
    days = noise(100, 4)
    days[:, 3] = 0.0
    assert np.isnan(chance(days, np.array([0]))[[0, 3]]).all()
    assert np.isnan(chance(days, np.array([3]))).all()
    assert np.isnan(chance(np.zeros((0, 3), np.float32), np.array([0]))).all()
    assert beyond(pd.Series([np.nan, 0.0, 1.0]), 4).tolist() == [pd.NA, True, False]


def test_chance_is_told_of_the_learned_measure_alone() -> None:
    found = Peers(planted.embedded(days=400)).similar("F01", measure="pearson", beside=())
    assert found[["chance", "beyond_chance"]].isna().all(axis=None)
    assert chance_line(found) == ""


def test_hundreds_of_firms_take_a_fraction_of_a_second() -> None:
    days = noise(2500, 427)
    since = time.process_time()
    found = pd.Series(chance(days, np.array([5])))
    assert time.process_time() - since < 0.5
    assert not beyond(found, 427).any()
