"""What follows from measured seconds of passes: constants, exponents, and where the law bends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.studies.intervals import LEVEL
from pipeline.studies.law import (
    Array,
    Law,
    Sizes,
    exponent,
    fit,
    operations,
    proportional,
    r2,
    slope,
)
from pipeline.studies.study import Curve, Figure, Found, Plot
from pipeline.words import listed

LONG, WIDE = 256, 128
"""Days and units from which on exponents of seconds as they are measured are taken."""
SHORT = 64
"""Days from which on they are taken of seconds less the launch, which is most of them before."""
NEAR = 0.1
"""How far an exponent may be from the law's, which is 1, to be called the law's."""
NAMES = {
    "days": "days",
    "days, less": "days, less the launch",
    "operations": "operations",
    "operations, less": "operations, less launch, days and gates",
}
"""Exponents: of seconds as measured, and of the part that the law is of."""
TITLES = {"elman": "Elman", "lstm": "LSTM", "gru": "GRU"}
RESAMPLED = 300
"""Samples of sizes, drawn with replacement, that give the intervals of the constants."""


@dataclass(frozen=True)
class _Fitted:
    """The law of one network's passes in one way, and what it was fitted to."""

    architecture: str
    way: str
    rows: pd.DataFrame
    law: Law
    samples: list[Law]

    @property
    def name(self) -> str:
        return f"{TITLES[self.architecture]} {self.way}"

    @property
    def seconds(self) -> Array:
        return self.rows["seconds"].to_numpy(float)

    @property
    def predicted(self) -> Array:
        return self.law.seconds(self.architecture, self.way, _sizes(self.rows))

    def error(self) -> float:
        """Return the median of |predicted / measured − 1|."""
        return float(np.median(np.abs(self.predicted / self.seconds - 1.0)))

    def varied(self, name: str, least: float = 0.0) -> pd.DataFrame:
        """Return the rows in which one size was varied, from a least one on."""
        own = self.rows[(self.rows["varied"] == name) & (self.rows[name] >= least)]
        return own.sort_values(name)

    def counted(self, rows: pd.DataFrame) -> Array:
        """Return the operations of rows."""
        return operations(self.architecture, self.way, _sizes(rows))

    def balance(self) -> tuple[float, float, float]:
        """Return the units at which products cost what else a day costs, and its interval."""
        usual = self.rows[self.rows["varied"] == "units"].iloc[0]
        given = (self.architecture, self.way, usual["inputs"], usual["batch"])
        drawn = [law.balance(*given) for law in self.samples]
        return self.law.balance(*given), *_ends(drawn)


def conclude(rows: pd.DataFrame) -> Found:
    """Fit the law to each network's passes, and say where it holds."""
    fits = [
        _fitted(str(architecture), str(way), own)
        for (architecture, way), own in rows.groupby(["architecture", "way"], sort=False)
    ]
    figures = [figure for each in fits for figure in _figures(each)]
    return Found(
        answer=_answer(fits),
        sentences=[
            *_constants(fits),
            *_bends(fits),
            *_inputs(fits),
            *_ratios(rows),
            *_limits(rows),
        ],
        rows=_table(fits),
        figures=figures,
        plots=_plots(fits),
    )


def _sizes(rows: pd.DataFrame) -> Sizes:
    return Sizes(*(rows[name].to_numpy(float) for name in ("days", "units", "inputs", "batch")))


def _fitted(architecture: str, way: str, rows: pd.DataFrame) -> _Fitted:
    """Fit the law, and again to sizes drawn with replacement."""
    random, seconds = np.random.default_rng(0), rows["seconds"].to_numpy(float)
    least = 1.0 / float(rows["limit"].median())  # no product is made faster than a big one

    def law(at: NDArray[np.int64]) -> Law:
        return fit(architecture, way, _sizes(rows.iloc[at]), seconds[at], least=least)

    drawn = random.integers(0, len(rows), (RESAMPLED, len(rows)))
    return _Fitted(architecture, way, rows, law(np.arange(len(rows))), [law(at) for at in drawn])


def _ends(drawn: list[float]) -> tuple[float, float]:
    low, high = np.quantile(drawn, (0.5 - LEVEL / 2, 0.5 + LEVEL / 2), method="nearest")
    return float(low), float(high)


def _exponents(each: _Fitted) -> dict[str, tuple[float, float, float]]:
    """Return exponents of days and operations: as measured, and of the part that is meant."""
    law, given = each.law, (each.architecture, each.way)
    days, units = each.varied("days", SHORT), each.varied("units", WIDE)
    others = law.seconds(*given, _sizes(units)) - law.products(*given, _sizes(units))
    long = days[days["days"] >= LONG]
    found = {
        "days": (long["days"], long["seconds"]),
        "days, less": (days["days"], days["seconds"] - law.launch),
        "operations": (each.counted(units), units["seconds"]),
        "operations, less": (each.counted(units), units["seconds"] - others),
    }
    return {
        name: exponent(np.asarray(sizes, dtype=float), np.asarray(seconds, dtype=float))
        for name, (sizes, seconds) in found.items()
        if len(seconds) > 2 and np.all(seconds > 0.0)
    }


def _answer(fits: list[_Fitted]) -> str:
    """Say whether the exponents are those of the law, which are 1."""
    told = [_exponents(each) for each in fits]
    words = []
    for name, what, taken, where in (
        ("days", "T", "the launch is", f"{LONG} days"),
        ("operations", "H² + HI", "launch, days and gates are", f"{WIDE} units"),
    ):
        raw = [each[name][0] for each in told if name in each]
        left = [each[f"{name}, less"][0] for each in told if f"{name}, less" in each]
        if raw and left:
            near = sum(abs(value - 1.0) <= NEAR for value in left)
            words.append(
                f"With {what} seconds grow with an exponent of {_range(left)} once {taken} taken "
                f"off, within {NEAR} of the law's 1 in {near} of {len(left)} passes; as measured "
                f"from {where} on, of {_range(raw)}."
            )
    if not words:
        return "Too few sizes were measured to tell an exponent."
    return f"{' '.join(words)} {_fits(fits)}"


def _range(found: list[float]) -> str:
    return f"{min(found):.2f} to {max(found):.2f}"


def _fits(fits: list[_Fitted]) -> str:
    """Say how well the law fits with all its constants, and with that of operations alone."""
    errors, explained = [each.error() for each in fits], [_r2(each) for each in fits]
    alone = []
    for each in fits:
        given = (each.architecture, each.way, _sizes(each.rows))
        law = proportional(*given, each.seconds)
        alone.append(float(np.median(np.abs(law.seconds(*given) / each.seconds - 1.0))))
    return (
        f"The law alone is {min(alone):.0%} to {max(alone):.0%} off over all sizes (median); with "
        f"a cost a launch, a day and a gate beside it, {min(errors):.0%} to {max(errors):.0%} (R² "
        f"of logarithms at least {min(explained):.3f})."
    )


def _r2(each: _Fitted) -> float:
    return r2(each.seconds, each.predicted)


def _constants(fits: list[_Fitted]) -> list[str]:
    """Say what each costs, and what share of the machine's limit the products reach."""
    answer = []
    for each in fits:
        law, limit = each.law, each.rows["limit"].median()
        rate = "" if law.operation == 0.0 else f", {1e-9 / law.operation:.0f} GFLOP/s"
        top, units = _top(each)
        answer.append(
            f"{each.name}: a launch costs {1e3 * law.launch:.2f} ms, a day {1e6 * law.day:.1f} µs, "
            f"a gate {1e9 * law.gate:.1f} ns, a million operations {1e12 * law.operation:.0f} µs"
            f"{rate}. With {units:.0f} units it reaches {top:.0%} of a big product's "
            f"{1e-9 * limit:.0f} GFLOP/s."
        )
    return answer


def _top(each: _Fitted) -> tuple[float, float]:
    """Return the largest share of the limit that a size reaches, and its units."""
    shares = each.counted(each.rows) / each.seconds / each.rows["limit"].to_numpy(float)
    at = int(shares.argmax())
    return float(shares[at]), float(each.rows["units"].to_numpy(float)[at])


def _bends(fits: list[_Fitted]) -> list[str]:
    """Say from how many units on products are most of what a day costs."""
    known = [each for each in fits if len(each.varied("units"))]
    told = []
    for each in known:
        units, low, high = each.balance()
        told.append(f"{each.name} {_whole(units)} ({_whole(low)} to {_whole(high)})")
    if not told:
        return []
    return [
        "The law bends where H is small: a day's products cost as much as the rest of the day at "
        f"these numbers of units: {listed(told)}. Below, more units cost less than H²; above, "
        "seconds tend to the law."
    ]


def _whole(units: float) -> str:
    return f"{units:.0f}" if np.isfinite(units) else "∞"


def _inputs(fits: list[_Fitted]) -> list[str]:
    """Compare the seconds that an input adds with those of the law's operations."""
    told, faster = [], True
    for each in fits:
        rows = each.varied("inputs")
        if len(rows) < 3 or each.law.operation == 0.0:
            continue
        added = np.array(slope(rows["inputs"], rows["seconds"]))
        one, two = (each.counted(rows.assign(inputs=number))[0] for number in (1, 2))
        middle, low, high = added / (each.law.operation * (two - one))
        told.append(f"{each.name} {middle:.2f} ({low:.2f} to {high:.2f})")
        faster = faster and high < 1.0
    if not told:
        return []
    verdict = " The inputs of all days are one product, which is made faster than one a day."
    return [
        "Seconds that an input adds, over those that the law's operations would: "
        f"{listed(told)}.{verdict if faster else ''}"
    ]


def _ratios(rows: pd.DataFrame) -> list[str]:
    """Say how much longer training takes than the pass forward."""
    keys = ["architecture", "varied", "days", "units", "inputs", "batch"]
    both = rows.pivot_table(index=keys, columns="way", values="seconds")
    if not {"forward", "training"} <= set(both.columns):
        return []
    ratio = (both["training"] / both["forward"]).dropna()
    told = [
        f"{TITLES[str(name)]} {own.median():.1f} ({own.min():.1f} to {own.max():.1f})"
        for name, own in ratio.groupby("architecture", sort=False)
    ]
    return [
        f"Training over forward, median and range of all sizes: {listed(told)}. By the count of "
        "operations it is 3, less what the inputs need no gradient for; launches, which both have, "
        "bring it down where layers are small."
    ]


def _limits(rows: pd.DataFrame) -> list[str]:
    return [
        "A gate is one of the gH numbers that a sequence's day takes a function of. No operation "
        "is taken to cost less than one of the big product.",
        "Seconds are the processor's on one thread, medians of "
        f"{rows['turns'].min()} turns and more in rotation; compiling is not counted, nor the "
        "optimiser's step. Another machine has other constants; a GPU has launches that cost more.",
        "Intervals of exponents are those of a line through few sizes; intervals of constants come "
        "from sizes drawn anew with replacement. Both leave out what is common to all turns.",
    ]


def _table(fits: list[_Fitted]) -> pd.DataFrame:
    """Return a row a size: seconds, what the law says, and operations a second."""
    parts = []
    for each in fits:
        names = ["architecture", "way", "varied", "days", "units", "inputs", "batch", "seconds"]
        own = each.rows[names].copy()
        own["low"], own["high"] = each.rows["quarter"], each.rows["three_quarters"]
        own["law"] = each.predicted
        own["gflops"] = 1e-9 * each.counted(each.rows) / each.seconds
        own["of_limit"] = 1e9 * own["gflops"] / each.rows["limit"]
        parts.append(own)
    return pd.concat(parts, ignore_index=True)


def _figures(each: _Fitted) -> list[Figure]:
    """Return exponents, constants and the units of balance."""
    answer = [
        Figure(f"exponent of {NAMES[name]}, {each.name}", *interval)
        for name, interval in _exponents(each).items()
    ]
    for name, scale, unit in (
        ("launch", 1e3, "ms"),
        ("day", 1e6, "µs"),
        ("gate", 1e9, "ns"),
        ("operation", 1e12, "ps"),
    ):
        low, high = _ends([scale * getattr(law, name) for law in each.samples])
        value = scale * getattr(each.law, name)
        answer.append(Figure(f"cost of one {name}, {each.name}", value, low, high, unit))
    share, explained = _top(each)[0], _r2(each)
    answer.append(Figure(f"share of the limit, {each.name}", share, share, share))
    answer.append(Figure(f"R² of the law, {each.name}", explained, explained, explained))
    if not each.varied("units").empty:
        answer.append(Figure(f"units of balance, {each.name}", *each.balance(), "units"))
    return answer


def _plots(fits: list[_Fitted]) -> list[Plot]:
    """Return seconds by days, by units and by inputs, with the law beside them."""
    return [
        Plot(
            f"seconds_by_{name}",
            f"Processor seconds of a pass by {what}: dots are measured, lines are the law with its "
            f"constants fitted to all sizes{more}.",
            f"{what} ({unit})",
            "processor time (s)",
            [curve for each in fits for curve in _curves(each, name)],
            log_x=True,
            log_y=True,
        )
        for name, what, unit, more in (
            ("days", "length of sequences", "days", ""),
            ("units", "width of the layer", "units H", "; wide layers tend to a slope of 2"),
            ("inputs", "width of the input", "inputs I", ""),
        )
    ]


def _curves(each: _Fitted, name: str) -> list[Curve]:
    rows = each.varied(name)
    if rows.empty:
        return []
    told = each.law.seconds(each.architecture, each.way, _sizes(rows))
    x, low, high = (rows[key].tolist() for key in (name, "quarter", "three_quarters"))
    return [
        Curve(each.name, x, rows["seconds"].tolist(), low, high, style="dots"),
        Curve(f"{each.name}, law", x, told.tolist(), style="dashes"),
    ]
