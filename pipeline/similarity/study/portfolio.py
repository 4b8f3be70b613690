"""Is a similarity of use to who spreads risk? Portfolios by it, out of sample.

Two distances are compared by what they do to the same recipe, hierarchical risk parity, on days
that neither has seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.errors import InputError
from pipeline.evaluation.resampling import bootstrap_intervals
from pipeline.similarity.asking.clusters import chords
from pipeline.similarity.study.risk_parity import inverse_variance, risk_parity

LEARNED = "HRP, learned"
CORRELATION = "HRP, correlation"
SHUFFLED = "HRP, firms shuffled"
INVERSE_VARIANCE = "inverse variance"
EQUAL = "equal weight"
PRESENT = 0.95
"""Share of the early days, and of the later days, on which a firm must have traded."""

COLUMNS = [
    *("volatility", "mean_return", "sharpe", "drawdown", "effective_firms", "turnover"),
    *("difference", "low", "high"),
]
"""The figures of a portfolio."""


@dataclass(frozen=True)
class Held:
    """Portfolios of the same firms on the same later days."""

    portfolios: pd.DataFrame
    """`portfolio` and `COLUMNS`, a row a portfolio: annualised volatility and mean of daily simple
    returns (1/year), their ratio, the largest fall from a peak, 1/Σw² averaged over refits,
    weight bought at each refit, and the volatility less that of `CORRELATION` with the ends of
    its interval."""
    returns: pd.DataFrame
    """Later days × portfolios: simple returns of a day."""
    weights: pd.DataFrame
    """Firms × portfolios: the first weights, for positions of firms that were held."""
    firms: int
    """Firms that were held."""
    left_out: int
    """Firms that traded on too few days, or did not move."""
    refits: int
    """Times that weights were made."""

    @property
    def facts(self) -> dict[str, int]:
        """What was held: `firms`, `left_out`, `refits` and `days`."""
        return {
            "firms": self.firms,
            "left_out": self.left_out,
            "refits": self.refits,
            "days": len(self.returns),
        }


def hold(
    early_growth: NDArray[np.floating],
    later_growth: NDArray[np.floating],
    learned: NDArray[np.floating],
    others: Mapping[str, NDArray[np.floating]] | None = None,
    *,
    days_per_year: int = 252,
    refit: int | None = None,
    level: float = 0.95,
    draws: int = 1000,
    seed: int = 0,
) -> Held:
    """Weigh firms on the early days, hold them over the later ones, and compare.

    A portfolio needs a return of every firm on every day: firms that traded on fewer than 95 %
    of the early or of the later days are left out, and so are those that did not move early. In
    a gap of the others the price is taken not to have changed. Choosing firms that are there
    later is a choice in hindsight, but the same for every portfolio.

    Weights drift with prices until they are made anew, from the ``early_growth`` and all later
    days before. Similarities stay as given: they must be of the early days, or the test is none.
    The correlation of `CORRELATION` is fixed too, so that both distances know as much.

    Parameters
    ----------
    early_growth, later_growth : (T1, N), (T2, N)
        Annualised log growth rates, 1/year; gaps are NaN.
    learned : (N, N)
        Scores in [−1, 1] from the early days; NaN is taken as no similarity.
    others : mapping of str to (N, N), optional
        More similarities of the early days, by the name of their portfolio.
    days_per_year : int
        1/Δt that the growth rates were taken with; figures are annualised by it too.
    refit : int, optional
        Days that weights are held before they are made anew; None: a year of them.
    level : float
        Of the intervals.
    draws, seed : int
        Of the stationary bootstrap; the seed also shuffles.

    Returns
    -------
    Held
        Portfolios: `LEARNED`, `CORRELATION`, the ``others``, `SHUFFLED` (the learned distance
        with firms in each other's places: what the recipe gives when the distance knows
        nothing), `INVERSE_VARIANCE` (no distance at all), `EQUAL`.

    Raises
    ------
    InputError
        When shapes do not agree, a name is taken, or fewer than two firms can be held.
    """
    early, later = (_returns(growth, days_per_year) for growth in (early_growth, later_growth))
    similarities = {**(others or {}), LEARNED: learned}
    _check(early, later, similarities)
    held = np.flatnonzero(_present(early_growth, early) & _present(later_growth))
    if len(held) < 2:
        raise InputError(
            f"{len(held)} of {early.shape[1]} firms traded on {PRESENT:.0%} of the early and of "
            "the later days: a portfolio needs two; give days on which more firms were listed."
        )
    early, later = (np.nan_to_num(part[:, held], nan=0.0) for part in (early, later))
    distances = {name: chords(matrix[np.ix_(held, held)]) for name, matrix in similarities.items()}
    own = distances.pop(LEARNED)
    chance = np.random.default_rng(seed).permutation(len(held))
    ordered = {
        LEARNED: own,
        CORRELATION: chords(np.asarray(np.corrcoef(early.T))),
        **distances,
        SHUFFLED: own[np.ix_(chance, chance)],
    }
    starts = list(range(0, len(later), refit or days_per_year))
    plans: dict[str, list[NDArray[np.float64]]] = {
        name: [] for name in (*ordered, INVERSE_VARIANCE, EQUAL)
    }
    for start in starts:
        known = np.concatenate([early, later[:start]])
        for name, distance in ordered.items():
            plans[name].append(risk_parity(known, distance))
        plans[INVERSE_VARIANCE].append(inverse_variance(known))
        plans[EQUAL].append(np.full(len(held), 1.0 / len(held)))
    walked = {name: _walk(plan, starts, later) for name, plan in plans.items()}
    returns = pd.DataFrame({name: daily for name, (daily, _) in walked.items()})
    rows = {
        name: figures(returns[name].to_numpy(), days_per_year)
        | {
            "effective_firms": float(np.mean([1.0 / (w @ w) for w in plans[name]])),
            "turnover": bought,
        }
        for name, (_, bought) in walked.items()
    }
    table = pd.DataFrame.from_dict(rows, orient="index")
    table = table.join(
        volatility_differences(returns, CORRELATION, days_per_year, level, draws, seed)
    )
    table = table[COLUMNS].rename_axis("portfolio").reset_index()
    weights = pd.DataFrame({name: plan[0] for name, plan in plans.items()}, index=held)
    return Held(
        table, returns, weights, len(held), len(np.asarray(learned)) - len(held), len(starts)
    )


def figures(returns: NDArray[np.float64], days_per_year: int) -> dict[str, float]:
    """Describe a portfolio by its daily simple returns.

    Parameters
    ----------
    returns : (T,)
        Of at least two days.
    days_per_year : int
        Trading days in a year.

    Returns
    -------
    dict of str to float
        `volatility mean_return` (1/year), `sharpe` (their ratio; NaN without movement) and
        `drawdown` (the largest fall from a peak, from 0 to 1).
    """
    volatility = float(np.sqrt(days_per_year) * returns.std(ddof=1))
    mean = float(days_per_year * returns.mean())
    worth = np.concatenate([[1.0], np.cumprod(1.0 + returns)])
    fall = 1.0 - worth / np.maximum.accumulate(worth)
    sharpe = mean / volatility if volatility > 0.0 else float("nan")
    return {
        "volatility": volatility,
        "mean_return": mean,
        "sharpe": sharpe,
        "drawdown": float(fall.max()),
    }


def volatility_differences(
    returns: pd.DataFrame,
    reference: str,
    days_per_year: int,
    level: float = 0.95,
    draws: int = 1000,
    seed: int = 0,
) -> pd.DataFrame:
    """Compare annualised volatilities with that of one portfolio, by the stationary bootstrap.

    The ratio of two mean squares is redrawn over the same blocks of days, as their common rises
    and falls would drown the difference. With v the reference's volatility and q the ratio, the
    difference is v (√q − 1); v itself is not redrawn.

    Parameters
    ----------
    returns : DataFrame
        Days × portfolios: simple returns of a day.
    reference : str
        The portfolio to compare with.
    days_per_year : int
        Trading days in a year.
    level, draws, seed
        Of the intervals.

    Returns
    -------
    DataFrame
        `difference low high` (1/year), a row a portfolio; NaN for the reference, and interval
        ends NaN on too few days.
    """
    centred = returns - returns.mean()
    volatility = np.sqrt(days_per_year) * returns.std(ddof=1)
    own = float(volatility[reference])
    ends = bootstrap_intervals(centred**2, level, draws, seed, relative_to=reference)
    table = pd.DataFrame(
        {
            "difference": volatility - own,
            "low": own * (np.sqrt(ends["low"]) - 1.0),
            "high": own * (np.sqrt(ends["high"]) - 1.0),
        }
    )
    table.loc[reference] = np.nan
    return table


def _returns(growth: NDArray[np.floating], days_per_year: int) -> NDArray[np.float64]:
    """Turn annualised log growth rates into simple returns of a day; gaps stay."""
    return np.expm1(np.asarray(growth, dtype=np.float64) / days_per_year)


def _present(
    growth: NDArray[np.floating], moving: NDArray[np.float64] | None = None
) -> NDArray[np.bool_]:
    """Tell firms that traded on enough days and, where returns are given, moved."""
    there = np.asarray(np.isfinite(growth).mean(axis=0) >= PRESENT)
    if moving is not None:
        there &= np.ptp(np.nan_to_num(moving, nan=0.0), axis=0) > 0.0
    return there


def _walk(
    plan: list[NDArray[np.float64]], starts: list[int], later: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """Hold weights from each start to the next, drifting with prices.

    Returns the portfolio's return of each day, and the mean weight that was bought at a refit
    after the first: half of the sum of all changes; NaN where there was none.
    """
    daily, bought = np.empty(len(later)), []
    drifted = plan[0]
    for weights, start, stop in zip(plan, starts, [*starts[1:], len(later)], strict=True):
        if start:
            bought.append(float(np.abs(weights - drifted).sum() / 2.0))
        worth = np.cumprod(1.0 + later[start:stop], axis=0)
        before = np.concatenate([np.ones((1, len(weights))), worth[:-1]]) @ weights
        daily[start:stop] = worth @ weights / before - 1.0
        drifted = weights * worth[-1] / (weights @ worth[-1])
    return daily, float(np.mean(bought)) if bought else float("nan")


def _check(
    early: NDArray[np.float64],
    later: NDArray[np.float64],
    similarities: Mapping[str, NDArray[np.floating]],
) -> None:
    """Refuse what does not belong together."""
    taken = {CORRELATION, SHUFFLED, INVERSE_VARIANCE, EQUAL} & set(similarities)
    if taken:
        raise InputError(f"A portfolio is already called {taken.pop()!r}: give another name.")
    firms = early.shape[1]
    shapes = {name: np.shape(matrix) for name, matrix in similarities.items()}
    wrong = [name for name, shape in shapes.items() if shape != (firms, firms)]
    if later.shape[1] != firms or wrong:
        raise InputError(
            f"Growth is of {firms} early and {later.shape[1]} later firms, and similarities have "
            f"shapes {shapes}: give growth and similarities of the same firms."
        )
    if len(early) < 2 or len(later) < 2:
        raise InputError(
            f"There are {len(early)} early and {len(later)} later days: give two of each or more."
        )
