"""What a person sees of a study: whether the similarities can be believed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import pandas as pd
from rich.console import Console
from rich.text import Text

from pipeline.similarity.asking.learned import LEARNED
from pipeline.similarity.study.titles import CONTROLS, TITLES
from pipeline.terminal.tables import (
    DASH,
    Column,
    Row,
    figure,
    missing,
    origin,
    section,
    text,
    whole,
    wide_console,
    written,
)

if TYPE_CHECKING:
    from pipeline.outputs import Studied
    from pipeline.similarity.study.rolling import Rolled

_KINDS = {"single": "left aside", "joint": "held fixed"}


def studied_table(record: Mapping[str, Any], studied: Studied, *, full: bool = False) -> None:
    """Print what a study of similarity found, of the run of a record; in full or what matters."""
    console = wide_console()
    title = f"What the similarities of run {record['run_id']} are worth"
    console.print(Text(title), soft_wrap=True)
    # The last sentence counts all figures up.
    for sentence in studied.summary.get("sentences", [])[0 if full else -1 :]:
        console.print(Text(f"• {sentence}"))
    if len(studied.figures):
        own = [TITLES[name] for name in (LEARNED, *CONTROLS)]
        shown = studied.figures if full else studied.figures[studied.figures["measure"].isin(own)]
        _figures(console, shown)
    if len(studied.differences):
        _differences(console, studied.differences)
    if not full:
        console.print()
        console.print(Text("Every sentence, measure and portfolio: firmament validate --full"))
        console.print(origin(record), soft_wrap=True)
        return
    if len(studied.associations):
        _associations(console, studied.associations)
    if len(studied.portfolios):
        columns = [
            text(str(name)) if number == 0 else Column(str(name), _cell(str(name)), need=number)
            for number, name in enumerate(studied.portfolios)
        ]
        section(console, "Portfolios on the later days", studied.portfolios, columns)
    console.print()
    console.print(origin(record), soft_wrap=True)


def rolled_table(record: Mapping[str, Any], rolled: Rolled) -> None:
    """Print what rolling origins say of the similarity of a run."""
    from pipeline.similarity.study.rolling import FIGURES

    console = wide_console()
    title = f"Similarity at {len(rolled.origins)} origins, {', '.join(rolled.origins)}"
    console.print(Text(title), soft_wrap=True)
    columns = [
        text("measure"),
        *(
            figure(name, ".3f", "\n".join(wrap(words, 16)), need=place)
            for place, (name, words) in enumerate(FIGURES.items())
        ),
    ]
    section(console, "Means over origins and firms", rolled.figures, columns)
    columns = [
        Column("figure", lambda row: FIGURES[row["figure"]], "left"),
        text("beside"),
        figure("difference", "+.3f"),
        Column("95 % interval", _interval, need=1),
    ]
    section(console, "The learned measure less others", rolled.differences, columns)
    console.print()
    console.print(origin(record), soft_wrap=True)


def _figures(console: Console, figures: pd.DataFrame) -> None:
    """Print the figures of all measures, the main ones first."""
    from pipeline.similarity.study.figures import FIGURES, GROUPS

    known = [one for one in FIGURES if one.key in figures]
    main = sorted(known, key=lambda one: one.key not in GROUPS.values())
    arrows = {"high": "↑", "low": "↓"}
    columns = [text("measure")]
    for place, one in enumerate(main):
        heading = wrap(f"{one.title}\N{NO-BREAK SPACE}{arrows[one.better]}", 14)
        columns.append(Column("\n".join(heading), _cell(one.key), need=place))
    section(console, "Figures (better is up ↑ or down ↓)", figures, columns)


def _differences(console: Console, differences: pd.DataFrame) -> None:
    """Print the learned measure beside the best classical one."""
    from pipeline.similarity.study.figures import BY_KEY

    columns = [
        Column("figure", lambda row: BY_KEY[row["figure"]].title, "left"),
        figure("learned", ".3f"),
        figure("classical", ".3f"),
        text("best_classical", 3, "best classical"),
        figure("difference", "+.3f", need=2),
        Column("95 % interval", _interval, need=1),
        text("winner"),
    ]
    section(console, "Beside the best classical measure", differences, columns)


def _interval(row: Row) -> str:
    """Write the interval of a difference."""
    if missing(row["low"]):
        return DASH
    return f"{written(row['low'], '+.3f')} to {written(row['high'], '+.3f')}"


def _associations(console: Console, associations: pd.DataFrame) -> None:
    """Print what the similarity of the first measure goes with."""
    measure = str(associations["measure"].iloc[0])
    own = associations[associations["measure"] == measure]
    columns = [
        Column("trait", lambda row: str(row["predictor"]).replace("_", " "), "left"),
        Column("other traits", lambda row: _KINDS[row["kind"]], "left"),
        figure("effect", "+.3f"),
        figure("p_value", "p", "p"),
        figure("r_squared", ".3f", "R²", need=1),
        Column("firms", lambda row: whole(row["firms"]), need=2),
    ]
    section(console, f"What similarity by {measure} goes with", own, columns)


def _cell(key: str) -> Callable[[Row], str]:
    """Write whatever stands in a column."""

    def write(row: Row) -> str:
        value = row[key]
        return written(value, ".3f") if isinstance(value, float) else str(value)

    return write
