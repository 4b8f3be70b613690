"""What a person sees of similar firms: peers, why, and since when."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from rich.table import Table
from rich.text import Text

from pipeline.similarity.asking.chance import lucky
from pipeline.similarity.asking.symbols import basket
from pipeline.similarity.classical import MEASURES
from pipeline.terminal.tables import (
    DASH,
    Column,
    Row,
    chosen,
    figure,
    fitting,
    laid_out,
    missing,
    origin,
    plain,
    section,
    text,
    whole,
    wide_console,
    word,
    written,
)
from pipeline.words import listed, shown

if TYPE_CHECKING:
    from pipeline.similarity.asking.explanation import Explanation

HISTORY = "peers and their scores; + is new, ~ not expected to stay, ? no better than chance"
"""Heading of the peers of a year."""
_NEEDS = {"learned": 3} | {name: measure.need for name, measure in MEASURES.items()}
"""How much the rank by another measure is needed in a narrow terminal (see `Column.need`)."""


YEAR = 250
"""Days below which it is said of how few a firm's peers are made."""


def peers_table(
    firms: Sequence[str],
    span: tuple[str, str],
    peers: pd.DataFrame,
    measure: str = "learned",
    least: bool = False,
    days: int | None = None,
    *,
    record: Mapping[str, Any],
) -> None:
    """Print the peers of a firm or of a basket, a DataFrame of `Peers.similar`, as a table."""
    columns = [
        Column("rank", lambda row: whole(row["rank"])),
        text("symbol"),
        text("name", 2),
        text("sector", 5),
        text("industry", 7),
        figure("score", ".3f"),
        figure("percentile", ".1f", need=1),
        Column("chance", lambda row: _chance(row["chance"]), need=2),
        Column("years", _years, need=4),
    ]
    if "network_rank_low" in peers:
        spread = Column("networks", lambda row: _range(row, "network_rank"), need=4)
        columns.insert(-1, spread)
    beside = [str(name).removesuffix("_rank") for name in peers if str(name).endswith("_rank")]
    columns += [_rank_by(name) for name in beside]
    console = wide_console()
    by = "" if measure == "learned" else f" by {MEASURES[measure].title}"
    asked = basket(firms)
    alike = "least like" if least else "like"
    title = f"Firms that move {alike} {asked}{by}, {span[0]} to {span[1]}"
    console.print(Text(title), soft_wrap=True)
    console.print(fitting(console, peers, columns))
    notes = {
        "percentile": "percentile: share of all pairs of firms with a lower score, in percent",
        "chance": "chance: share of unrelated pairs that come as near, in percent",
        "networks": "networks: ranks by single networks",
        "years": "years: median of the ranks in single years (lowest–highest)",
    }
    told = [notes[one.heading] for one in chosen(console, peers, columns) if one.heading in notes]
    told += ["under the name of another measure: rank by it"] if beside else []
    wraps = console.is_terminal
    console.print(Text("; ".join(told) + "."), style="dim", soft_wrap=not wraps)
    if days is not None and days < YEAR:
        few = f"No more than {days} days of {firms[0] if len(firms) == 1 else 'one of them'} could"
        console.print(Text(f"{few} be compared: such peers are less sure, the fewer the less."))
    if lucky := chance_line(peers):
        console.print(Text(lucky), soft_wrap=not wraps)
    console.print(origin(record), soft_wrap=True)


def chance_line(peers: pd.DataFrame) -> str:
    """Say which peers are no better than chance; nothing where all are, or it is not known."""
    none = [str(one) for one in peers["symbol"][lucky(peers)]]
    if not none:
        return ""
    whom = f"{shown(none, 10)} {'is' if len(none) == 1 else 'are'} no"
    whom = "None of these scores is" if len(none) == len(peers) else whom
    odds = "among so many, an unrelated firm is as near in over 1 of 100 cases"
    return f"{whom} better than chance: {odds}."


def explained_table(
    found: Explanation, plot: Path | None = None, *, record: Mapping[str, Any]
) -> None:
    """Print why two firms are, or are not, similar."""
    console = wide_console()
    one, other = (str(symbol) for symbol in found.firms["symbol"])
    first, last = found.span
    console.print(Text(found.sentence))
    console.print(
        Text(
            f"\nScore {written(found.score, '.3f')} over {found.common_days:,} common days, "
            f"{first} to {last}.{_pair_chance(found)}\n"
        )
    )
    console.print(Text(f"Of the score, {_parts(found.parts)}. {found.change}\n"))
    console.print(_pair(found.firms))
    columns = [
        Column("year", lambda row: whole(row["year"])),
        figure("score", ".3f"),
        Column(f"{other}'s rank", lambda row: whole(row["rank"])),
        figure("pearson", ".3f", "correlation"),
        figure("residual", ".3f", "market removed"),
    ]
    section(console, "Year by year", found.years, columns)
    total = found.responses

    def share(row: Row) -> str:
        return written(row["contribution"], "+.4f")

    columns = [
        Column("date", lambda row: str(row["date"])[:10], "left"),
        Column("adds", share),
        Column("market", _change("market")),
        Column(one, _change(one)),
        Column(other, _change(other)),
        *(
            Column(f"{name} beyond\nthe market", _change(f"{name} beyond the market"), need=1)
            for name in (one, other)
        ),
    ]
    adding = f"adds to the correlation of their days beside the others', {written(total, '.3f')}"
    section(console, f"Days that count most ({adding})", found.days, columns)
    columns = [
        Column("from", lambda row: str(row["first"]), "left"),
        Column("to", lambda row: str(row["last"]), "left"),
        Column("adds", share),
        Column("market", _change("market")),
    ]
    section(console, "Episodes that count most", found.episodes, columns)
    console.print()
    console.print(origin(record), soft_wrap=True)
    if plot is not None:
        console.print(Text(f"Plot: {plot}"), soft_wrap=True)


def _parts(parts: Mapping[str, float]) -> str:
    """Say how much of a score comes from where."""
    words = {
        "running_correlation": "their running correlation",
        "exposures": "what networks read from their exposures",
        "ties": "how each is tied to all others",
        "all_pairs": "what is expected of any pair",
    }
    return listed([f"{parts[name]:+.2f} is {told}" for name, told in words.items()])


def _pair_chance(found: Explanation) -> str:
    """Say whether two firms are nearer than chance."""
    if found.beyond_chance is None:
        return ""
    share = f"{_chance(found.chance)} % of unrelated pairs come as near"
    return f" {share}." if found.beyond_chance else f" No better than chance: {share}."


def history_table(firm: str, found: pd.DataFrame, *, record: Mapping[str, Any]) -> None:
    """Print a firm's nearest peers year by year, the new ones marked."""
    console = wide_console()
    console.print(Text(f"Firms that moved most like {firm}, year by year"), soft_wrap=True)
    years = found.groupby("year", sort=True)
    rows = [{"year": year, "kept": of["kept"].iloc[0], "peers": of} for year, of in years]
    columns = [
        Column("year", lambda row: str(row["year"]), "left"),
        plain("kept", ".0%"),
        Column(HISTORY, _newcomers, "left", wraps=True),
    ]
    console.print(laid_out(rows, columns))
    console.print(origin(record), soft_wrap=True)


def _chance(share: float) -> str:
    """Write a share in percent; one that is not quite none is not written as none."""
    return "< 0.01" if share < 0.01 else written(share, ".2f")


def _newcomers(row: Row) -> Text:
    """Write the peers of a year, the new ones marked."""
    line = Text()
    few = 2 * len(row["peers"])
    for peer in row["peers"].to_dict("records"):
        new = not missing(peer["new"]) and bool(peer["new"])
        line.append(", " if line else "")
        passing = not missing(peer["expected_rank"]) and peer["expected_rank"] > few
        marks = f"{'+' if new else ''}{'~' if passing else ''}"
        line.append(f"{marks}{peer['symbol']}", style="bold" if new else "")
        lucky = not missing(peer["beyond_chance"]) and not peer["beyond_chance"]
        line.append(f" {written(peer['score'], '.2f')}{'?' if lucky else ''}")
    return line


def _pair(firms: pd.DataFrame) -> Table:
    """Return two firms side by side, a row a fact."""
    facts: dict[str, Callable[[Row], str]] = {
        "name": lambda row: word(row["name"]),
        "sector": lambda row: word(row["sector"]),
        "industry": lambda row: word(row["industry"]),
        "market capitalisation": lambda row: _billions(row["market_cap"]),
        "volatility a year": lambda row: written(row["volatility"], ".0%"),
        "beta": lambda row: written(row["beta"], ".2f"),
        "correlation with the market": lambda row: written(row["market_correlation"], ".2f"),
        "rank of the other firm": lambda row: f"{whole(row['rank'])} of {whole(row['of'])}",
    }
    rows = [{"name": name, "write": write} for name, write in facts.items()]

    def told(firm: Row, row: Row) -> str:
        return str(row["write"](firm))

    columns = [
        Column(str(firm["symbol"]), partial(told, firm), "left", wraps=True)
        for firm in firms.to_dict("records")
    ]
    return laid_out(rows, [text("name", heading=""), *columns])


def _rank_by(measure: str) -> Column:
    """Declare the column of the rank by another measure."""
    key = f"{measure}_rank"
    return Column(_heading(measure), lambda row: whole(row[key]), need=_NEEDS[measure])


def _heading(measure: str) -> str:
    """Write a measure's name as a heading."""
    given = MEASURES[measure].heading if measure in MEASURES else ""
    return given or measure.replace("_", " ")


def _years(row: Row) -> str:
    """Write the ranks in single years: the median, and the range."""
    if missing(row["year_rank_median"]):
        return DASH
    return f"{row['year_rank_median']:.0f} ({_range(row, 'year_rank')})"


def _range(row: Row, key: str) -> str:
    """Write a range of ranks."""
    low, high = row[f"{key}_low"], row[f"{key}_high"]
    if missing(low):
        return DASH
    return f"{low:.0f}" if low == high else f"{low:.0f}–{high:.0f}"


def _change(key: str) -> Callable[[Row], str]:
    """Write a change in percent."""
    return lambda row: DASH if missing(row[key]) else f"{written(row[key], '+.2f')} %"


def _billions(value: Any) -> str:
    return DASH if missing(value) else f"{value / 1e9:,.1f} billion"
