"""Training of the co-movement network on planted universes."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from similarity.embedding.test_portfolios import grouped

from models import comovement as formulas
from pipeline.similarity.classical import scaled
from pipeline.similarity.embedding import comovement, exposures, frame
from pipeline.similarity.embedding.comovement import Comovement, train
from pipeline.similarity.embedding.days import Days
from pipeline.similarity.embedding.lessons import lessons
from pipeline.similarity.embedding.portfolios import portfolios
from pipeline.similarity.embedding.reading import SIZES, scaled_to
from pipeline.similarity.embedding.readings import mean_score

FIRMS, GROUPS, DAYS, CHANGE = 24, 4, 1500, 750


@pytest.fixture(scope="module")
def growth():
    """Firms whose groups change half-way."""
    return grouped(DAYS, FIRMS, GROUPS, change=CHANGE).plain.astype(float)


@pytest.fixture(scope="module")
def taught(growth):
    return list(lessons(growth, Days.of(growth), 8, 0))


@pytest.fixture(scope="module")
def trained(taught):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(comovement, "STEPS", 100)
        yield train(taught, 0)


def loss(weights, taught):
    """Mean squared error over the pairs of lessons, as training has it but for close pairs."""
    found = []
    for lesson in taught:
        read = formulas.read(np, weights, lesson.known)
        known = np.isfinite(lesson.later)
        came = lesson.later[known]
        wanted = (came - came.mean()) / came.std()
        found.append(((formulas.score(np, weights, read, read)[known] - wanted) ** 2).mean())
    return np.mean(found)


def test_training_lowers_the_error(trained, taught):
    assert loss(trained, taught) < 0.9 * loss(formulas.initial(SIZES, 0), taught)


def test_the_same_seed_gives_the_same_weights(taught, trained, monkeypatch):
    monkeypatch.setattr(comovement, "STEPS", 5)
    one, same = (train(taught, 3) for _ in range(2))
    for name, array in one.items():
        assert_allclose(array, same[name], atol=1e-5)
    assert (one["firm"] != trained["firm"]).any()


def test_the_network_scores_as_the_formulas_do(taught):
    network, some = Comovement(), np.array([1, 5, 7])
    network.begin(2)
    lesson = taught[0]
    columns = [part[None] for part in lesson.known[:4]]
    rows = [part[None] for part in frame.some(lesson.known, some)[:4]]
    found = np.array(network((*rows, *columns)))
    read = formulas.read(np, formulas.initial(SIZES, 2), lesson.known)
    expected = formulas.score(np, formulas.initial(SIZES, 2), read, read)[some]
    assert_allclose(found[0], expected, rtol=1e-3, atol=1e-4)


def test_groups_that_changed_are_seen_where_all_days_show_the_former(growth, taught, trained):
    days, reading = Days.of(growth), scaled_to(trained, taught)
    held_by = portfolios(days, 8)
    states = frame.Frame(exposures.over(days, held_by, 0, DAYS), held_by).states
    learned, plain = mean_score([reading], states, states), scaled(growth)
    off = ~np.eye(FIRMS, dtype=bool)
    place = np.arange(FIRMS)
    former, now = (
        (group[:, None] == group) & off for group in (place % GROUPS, place * GROUPS // FIRMS)
    )

    def of_the_present(score):
        return score[now & ~former].mean() - score[former & ~now].mean()

    assert abs(of_the_present(plain)) < 0.03
    assert of_the_present(learned) > 0.1


def test_a_young_twin_is_known_by_its_last_days(growth, taught, trained):
    random = np.random.default_rng(5)
    twin = growth[:, 3] + 0.3 * random.normal(size=DAYS)
    twin[:-60] = np.nan
    wider = np.column_stack([growth, twin])
    days, reading = Days.of(wider), scaled_to(trained, taught)
    held_by = portfolios(days, 8)
    states = frame.Frame(exposures.over(days, held_by, 0, DAYS), held_by).states
    score = mean_score([reading], states, states)[-1, :-1]
    mates = np.arange(FIRMS) * GROUPS // FIRMS == 3 * GROUPS // FIRMS
    assert mates[np.argsort(-score)[:3]].all()
