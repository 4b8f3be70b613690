"""What a person sees of similar firms: peers, why, since when, and whether to believe it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline.similarity.classical import MEASURES
from pipeline.terminal.tables import wide_console

if TYPE_CHECKING:
    from pipeline.outputs import Studied
    from pipeline.similarity.asking.explanation import Explanation

DASH = "–"
_NEEDS = {"learned": 3} | {name: measure.need for name, measure in MEASURES.items()}
"""How much the rank by another measure is needed in a narrow terminal (see `Column.need`)."""
_KINDS = {"single": "left aside", "joint": "held fixed"}
Row = Mapping[Any, Any]


@dataclass(frozen=True)
class Column:
    """A column of a table: its heading, and how a row's cell is written."""

    heading: str
    write: Callable[[Row], str]
    justify: Literal["left", "right"] = "right"
    need: int = 0
    """In a narrow terminal, columns of a higher number are left out first."""


def peers_table(
    firms: Sequence[str],
    span: tuple[str, str],
    peers: pd.DataFrame,
    measure: str = "learned",
    least: bool = False,
) -> None:
    """Print the peers of a firm or of a basket, a DataFrame of `Peers.similar`, as a table."""
    columns = [
        Column("rank", lambda row: _whole(row["rank"])),
        _text("symbol"),
        _text("name", 2),
        _text("sector", 5),
        _text("industry", 7),
        Column("score", lambda row: _number(row["score"], ".3f")),
        Column("percentile", lambda row: _number(row["percentile"], ".1f"), need=1),
        Column("years", _years, need=4),
    ]
    if "network_rank_low" in peers:
        spread = Column("networks", lambda row: _range(row, "network_rank"), need=4)
        columns.insert(-1, spread)
    beside = [str(name).removesuffix("_rank") for name in peers if str(name).endswith("_rank")]
    columns += [_rank_by(name) for name in beside]
    console = wide_console()
    by = "" if measure == "learned" else f" by {MEASURES[measure].title}"
    asked = firms[0] if len(firms) == 1 else f"the basket of {', '.join(firms)}"
    alike = "least like" if least else "like"
    title = f"Firms that move {alike} {asked}{by}, {span[0]} to {span[1]}"
    console.print(Text(title), soft_wrap=True)
    console.print(_fitted(console, peers, columns))
    notes = {
        "networks": "networks: ranks by single networks",
        "years": "years: median of the ranks in single years (lowest–highest)",
    }
    told = [notes[one.heading] for one in _chosen(console, peers, columns) if one.heading in notes]
    told += ["under the name of another measure: rank by it"] if beside else []
    console.print(Text("; ".join(told) + "."), style="dim")


def explained_table(found: Explanation, plot: Path | None = None) -> None:
    """Print why two firms are, or are not, similar."""
    console = wide_console()
    one, other = (str(symbol) for symbol in found.firms["symbol"])
    first, last = found.span
    console.print(Text(found.sentence))
    console.print(
        Text(
            f"\nScore {_number(found.score, '.3f')} over {found.common_days:,} common days, "
            f"{first} to {last}.\n"
        )
    )
    console.print(_pair(found.firms))
    columns = [
        Column("year", lambda row: _whole(row["year"])),
        Column("score", lambda row: _number(row["score"], ".3f")),
        Column(f"{other}'s rank", lambda row: _whole(row["rank"])),
        Column("correlation", lambda row: _number(row["pearson"], ".3f")),
        Column("market removed", lambda row: _number(row["residual"], ".3f")),
    ]
    _section(console, "Year by year", found.years, columns)
    total = found.responses

    def share(row: Row) -> str:
        return _number(row["contribution"], "+.4f")

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
    adding = f"adds to the correlation of the networks' responses, {_number(total, '.3f')} in all"
    _section(console, f"Days that count most ({adding})", found.days, columns)
    columns = [
        Column("from", lambda row: str(row["first"]), "left"),
        Column("to", lambda row: str(row["last"]), "left"),
        Column("adds", share),
        Column("market", _change("market")),
    ]
    _section(console, "Episodes that count most", found.episodes, columns)
    if plot is not None:
        console.print(Text(f"\nPlot: {plot}"), soft_wrap=True)


def history_table(firm: str, found: pd.DataFrame) -> None:
    """Print a firm's nearest peers year by year, the new ones marked."""
    console = wide_console()
    console.print(Text(f"Firms that moved most like {firm}, year by year"), soft_wrap=True)
    table = Table(box=None, pad_edge=False)
    table.add_column("year", no_wrap=True)
    table.add_column("kept", justify="right", no_wrap=True)
    table.add_column("peers and their scores; + is new")
    for year, rows in found.groupby("year", sort=True):
        line = Text()
        for row in rows.to_dict("records"):
            new = not _missing(row["new"]) and bool(row["new"])
            line.append(", " if line else "")
            line.append(f"{'+' if new else ''}{row['symbol']}", style="bold" if new else "")
            line.append(f" {_number(row['score'], '.2f')}")
        kept = rows["kept"].iloc[0]
        table.add_row(str(year), DASH if _missing(kept) else f"{kept:.0%}", line)
    console.print(table)


def studied_table(run_id: str, studied: Studied) -> None:
    """Print what a study of similarity found."""
    console = wide_console()
    console.print(Text(f"What the similarities of run {run_id} are worth"), soft_wrap=True)
    for sentence in studied.summary.get("sentences", []):
        console.print(Text(f"• {sentence}"))
    if len(studied.figures):
        _figures(console, studied.figures)
    if len(studied.differences):
        _differences(console, studied.differences)
    if len(studied.associations):
        _associations(console, studied.associations)
    if len(studied.portfolios):
        columns = [
            _text(str(name)) if number == 0 else Column(str(name), _cell(str(name)), need=number)
            for number, name in enumerate(studied.portfolios)
        ]
        _section(console, "Portfolios on the later days", studied.portfolios, columns)


def _figures(console: Console, figures: pd.DataFrame) -> None:
    """Print the figures of all measures, the main ones first."""
    from pipeline.similarity.study.figures import FIGURES, GROUPS

    known = [figure for figure in FIGURES if figure.key in figures]
    main = sorted(known, key=lambda figure: figure.key not in GROUPS.values())
    arrows = {"high": "↑", "low": "↓"}
    columns = [_text("measure")]
    for place, figure in enumerate(main):
        heading = wrap(f"{figure.title}\N{NO-BREAK SPACE}{arrows[figure.better]}", 14)
        columns.append(Column("\n".join(heading), _cell(figure.key), need=place))
    _section(console, "Figures (better is up ↑ or down ↓)", figures, columns)


def _differences(console: Console, differences: pd.DataFrame) -> None:
    """Print the learned measure beside the best classical one."""
    from pipeline.similarity.study.figures import BY_KEY

    columns = [
        Column("figure", lambda row: BY_KEY[row["figure"]].title, "left"),
        Column("learned", lambda row: _number(row["learned"], ".3f")),
        Column("classical", lambda row: _number(row["classical"], ".3f")),
        _text("best_classical", 3, "best classical"),
        Column("difference", lambda row: _number(row["difference"], "+.3f"), need=2),
        Column("95 % interval", _interval, need=1),
        _text("winner"),
    ]
    _section(console, "Beside the best classical measure", differences, columns)


def _interval(row: Row) -> str:
    """Write the interval of a difference."""
    if _missing(row["low"]):
        return DASH
    return f"{_number(row['low'], '+.3f')} to {_number(row['high'], '+.3f')}"


def _associations(console: Console, associations: pd.DataFrame) -> None:
    """Print what the similarity of the first measure goes with."""
    measure = str(associations["measure"].iloc[0])
    own = associations[associations["measure"] == measure]
    columns = [
        Column("trait", lambda row: str(row["predictor"]).replace("_", " "), "left"),
        Column("other traits", lambda row: _KINDS[row["kind"]], "left"),
        Column("effect", lambda row: _number(row["effect"], "+.3f")),
        Column("p", lambda row: _p(row["p_value"])),
        Column("R²", lambda row: _number(row["r_squared"], ".3f"), need=1),
        Column("firms", lambda row: _whole(row["firms"]), need=2),
    ]
    _section(console, f"What similarity by {measure} goes with", own, columns)


def _pair(firms: pd.DataFrame) -> Table:
    """Return two firms side by side, a row a fact."""
    facts: dict[str, Callable[[Row], str]] = {
        "name": lambda row: _word(row["name"]),
        "sector": lambda row: _word(row["sector"]),
        "industry": lambda row: _word(row["industry"]),
        "market capitalisation": lambda row: _billions(row["market_cap"]),
        "volatility a year": lambda row: _share(row["volatility"]),
        "beta": lambda row: _number(row["beta"], ".2f"),
        "correlation with the market": lambda row: _number(row["market_correlation"], ".2f"),
        "rank of the other firm": lambda row: f"{_whole(row['rank'])} of {_whole(row['of'])}",
    }
    rows = firms.to_dict("records")
    table = Table(box=None, pad_edge=False)
    table.add_column("", no_wrap=True)
    for row in rows:
        table.add_column(Text(str(row["symbol"])))
    for name, write in facts.items():
        table.add_row(name, *(Text(write(row)) for row in rows))
    return table


def _section(console: Console, title: str, rows: pd.DataFrame, columns: Sequence[Column]) -> None:
    """Print a table under a heading; one without rows is not printed."""
    if len(rows):
        console.print(Text(f"\n{title}"), style="bold")
        console.print(_fitted(console, rows, columns))


def _fitted(console: Console, rows: pd.DataFrame, columns: Sequence[Column]) -> Table:
    """Return a table with the columns that the terminal is wide enough for."""
    return _table(rows, _chosen(console, rows, columns))


def _chosen(console: Console, rows: pd.DataFrame, columns: Sequence[Column]) -> list[Column]:
    """Leave out columns, the least needed first, until the table fits."""
    unbounded = console.options.update(max_width=10_000)
    kept = list(columns)
    while console.measure(_table(rows, kept), options=unbounded).maximum > console.width:
        least = max(range(len(kept)), key=lambda place: (kept[place].need, place))
        if kept[least].need == 0:
            break
        del kept[least]
    return kept


def _table(rows: pd.DataFrame, columns: Sequence[Column]) -> Table:
    """Lay out rows."""
    table = Table(box=None, pad_edge=False)
    for column in columns:
        table.add_column(Text(column.heading), justify=column.justify, no_wrap=True)
    for row in rows.to_dict("records"):
        table.add_row(*(Text(column.write(row)) for column in columns))
    return table


def _text(key: str, need: int = 0, heading: str | None = None) -> Column:
    """Declare a column of words."""
    return Column(heading or key, lambda row: _word(row[key]), "left", need)


def _cell(key: str) -> Callable[[Row], str]:
    """Write whatever stands in a column."""

    def write(row: Row) -> str:
        value = row[key]
        return _number(value, ".3f") if isinstance(value, float) else str(value)

    return write


def _rank_by(measure: str) -> Column:
    """Declare the column of the rank by another measure."""
    key = f"{measure}_rank"
    return Column(_heading(measure), lambda row: _whole(row[key]), need=_NEEDS[measure])


def _heading(measure: str) -> str:
    """Write a measure's name as a heading."""
    given = MEASURES[measure].heading if measure in MEASURES else ""
    return given or measure.replace("_", " ")


def _years(row: Row) -> str:
    """Write the ranks in single years: the median, and the range."""
    if _missing(row["year_rank_median"]):
        return DASH
    return f"{row['year_rank_median']:.0f} ({_range(row, 'year_rank')})"


def _range(row: Row, key: str) -> str:
    """Write a range of ranks."""
    low, high = row[f"{key}_low"], row[f"{key}_high"]
    if _missing(low):
        return DASH
    return f"{low:.0f}" if low == high else f"{low:.0f}–{high:.0f}"


def _missing(value: Any) -> bool:
    """Say whether a value is not known: None, NaN or NA."""
    return bool(pd.isna(value))


def _word(value: Any) -> str:
    return DASH if _missing(value) else str(value)


def _whole(value: Any) -> str:
    return DASH if _missing(value) else str(int(value))


def _number(value: Any, style: str) -> str:
    return DASH if _missing(value) else format(value, style).replace("-", "−")


def _change(key: str) -> Callable[[Row], str]:
    """Write a change in percent."""
    return lambda row: DASH if _missing(row[key]) else f"{_number(row[key], '+.2f')} %"


def _share(value: Any) -> str:
    return DASH if _missing(value) else f"{100.0 * value:.0f} %"


def _p(value: Any) -> str:
    return "< 0.001" if not _missing(value) and value < 0.001 else _number(value, ".3f")


def _billions(value: Any) -> str:
    return DASH if _missing(value) else f"{value / 1e9:,.1f} billion"
