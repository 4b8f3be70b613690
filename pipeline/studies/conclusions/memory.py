"""What follows from trainings on tasks of memory: who learned what, and what a start changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from models.catalogue import ARCHITECTURES
from pipeline.studies.intervals import over_seeds
from pipeline.studies.study import Curve, Figure, Found, Plot
from pipeline.studies.tasks import COPIED, TASKS
from pipeline.words import listed, number, plural

Condition = Mapping[Any, Any]
"""A row of the table."""
KEYS = ["task", "days", "network", "start", "budget"]
DEFAULT = "default"
MOST = 10.0
"""What a loss of more than this many naive ones counts as, and one that is no number."""
HALF = 0.5
"""A network learned a task if the interval of its share of solved trainings is above this."""
SOLVED = "share of trainings that solved the task"
UNLIKE_OTHERS = "recall"
"""A task of more steps, that not all networks were asked."""


def conclude(rows: pd.DataFrame) -> Found:
    """Count the trainings that solved each task, and compare starts with the default."""
    table = _table(rows)
    asked, alike = _asked(table), asked_alike(table)
    starts = list(_starts(table))
    apart = [text for text, differs in starts if differs]
    answer = " ".join([*_counted(alike), *_recalled(table)])
    sentences = [
        *_by_task(alike),
        *(apart or ["No start was told apart from Keras's own on any task."] if starts else []),
        *_long(asked),
        *_measured_by(table),
        *_published(table),
        *_limits(table),
    ]
    return Found(answer, sentences, table, _figures(table), _plots(table, alike))


def _asked(table: pd.DataFrame) -> pd.DataFrame:
    """Return the conditions that begin as Keras does and have the same steps."""
    return table[(table["start"] == DEFAULT) & (table["task"] != UNLIKE_OTHERS)]


def asked_alike(table: pd.DataFrame) -> pd.DataFrame:
    """Return the conditions in which all networks were asked: of a table as `conclude` returns."""
    asked = _asked(table)
    alike: pd.DataFrame = asked[asked["days"] == asked["days"].min()]
    return alike


def _table(rows: pd.DataFrame) -> pd.DataFrame:
    """Return a row a condition: solved trainings, loss over the naive one, steps until solved."""
    rows = rows.assign(
        solved=rows["solved"].astype(bool), share=rows["share"].fillna(MOST).clip(upper=MOST)
    )
    lost = over_seeds(rows, KEYS, "share").rename(
        columns={"low": "share_low", "high": "share_high"}
    )
    table = over_seeds(rows, KEYS, "solved").merge(lost.drop(columns="seeds"), on=KEYS)
    others = rows.groupby(KEYS, sort=False).agg(
        batch=("batch", "first"),
        parameters=("parameters", "first"),
        accuracy=("accuracy", "mean"),
        solved_after=("solved_after", "median"),
    )
    table = table.merge(others.reset_index(), on=KEYS)
    naive = [
        TASKS[task].naive(days) for task, days in zip(table["task"], table["days"], strict=True)
    ]
    return table.assign(naive=naive, share_low=table["share_low"].clip(lower=0.0))


def _counted(alike: pd.DataFrame) -> Iterator[str]:
    """Say how many tasks each network learned, and which tasks none did."""
    if alike.empty:
        return
    learned = alike.assign(learned=alike["low"] > HALF)
    counts = learned.groupby("network", sort=False)["learned"].sum()
    told = [
        f"{listed(counts.index[counts == count].tolist())} {int(count)}"
        for count in sorted(counts.unique(), reverse=True)
    ]
    first = alike.iloc[0]
    yield (
        f"After the same {plural(first['budget'], 'step')}, so many of the "
        f"{plural(alike['task'].nunique(), 'task')} over {first['days']} days were learned in most "
        f"trainings (the 95 % interval lies above half): {'; '.join(told)}."
    )
    none = [
        _title(task)
        for task, own in learned.groupby("task", sort=False)
        if not own["learned"].any()
    ]
    if none:
        yield f"No network learned {listed(none, 'or')} in most trainings."


def _recalled(table: pd.DataFrame) -> Iterator[str]:
    """Say what a start changes where a number is to be recalled after a delay that is fixed."""
    recalled = table[table["task"] == UNLIKE_OTHERS]
    for (network, days), own in recalled.groupby(["network", "days"], sort=False):
        known = {row["start"]: row for row in own.to_dict("records")}
        if DEFAULT not in known or len(known) < 2:
            continue
        base = known.pop(DEFAULT)
        title = ARCHITECTURES[str(network)].title
        for start, row in known.items():
            yield (
                f"The {title} learned to recall a number after {days} days in {_times(base)} "
                f"trainings begun as Keras does, and in {_times(row)} begun with {start}: "
                f"{_verdict(base, row)}."
            )


def _verdict(base: Condition, row: Condition) -> str:
    if row["low"] > base["high"]:
        return "more often"
    if row["high"] < base["low"]:
        return "less often"
    return "the intervals overlap, so this does not tell them apart"


def _by_task(alike: pd.DataFrame) -> Iterator[str]:
    """Say for each task who learned it, who did not, and who is undecided."""
    for task, own in alike.groupby("task", sort=False):
        parts = [
            f"{what} {listed([f'{row.network} ({_count(row)})' for row in rows.itertuples()])}"
            for what, rows in (
                ("learned by", own[own["low"] > HALF]),
                ("not by", own[own["high"] < HALF]),
                ("undecided of", own[(own["low"] <= HALF) & (own["high"] >= HALF)]),
            )
            if len(rows)
        ]
        first = own.iloc[0]
        yield f"{_title(task).capitalize()} over {first['days']} days: {'; '.join(parts)}."


def _starts(table: pd.DataFrame) -> Iterator[tuple[str, bool]]:
    """Compare each start with the default; the comparisons of recall are in the answer."""
    others = table[table["task"] != UNLIKE_OTHERS]
    for (task, days, network), own in others.groupby(["task", "days", "network"], sort=False):
        known = {row["start"]: row for row in own.to_dict("records")}
        base = known.pop(DEFAULT, None)
        if base is None:
            continue
        for start, row in known.items():
            verdict = _verdict(base, row)
            text = (
                f"{_title(task).capitalize()} over {days} days, {network}: begun with {start} "
                f"learned in {_times(row)} trainings, {verdict} than begun as Keras does, "
                f"{_times(base)}."
            )
            yield text, verdict in ("more often", "less often")


def _long(asked: pd.DataFrame) -> Iterator[str]:
    """Say what becomes of a task where it spans more days."""
    for (task, network), own in asked.groupby(["task", "network"], sort=False):
        if own["days"].min() < own["days"].max():
            told = [f"{row.days} days {_count(row)}" for row in own.itertuples()]
            yield f"{_title(task).capitalize()} by {network}, by days to span: {', '.join(told)}."


def _measured_by(table: pd.DataFrame) -> Iterator[str]:
    """Say what solved means, and what knowing nothing gives."""
    naive = [
        f"{_title(task)} {TASKS[str(task)].naive(days):.3f}"
        + (f" (10 ln 8 / {days + 2 * COPIED})" if task == "copying" else "")
        for task, days in table.groupby("task", sort=False)["days"].first().items()
    ]
    yield (
        "A training solved its task if its loss on 1,000 sequences never trained on is below a "
        "tenth of that of the best answer without memory, which is by formula: "
        f"{', '.join(naive)} (squared error of adding and recall, nats of the others)."
    )


def _published(table: pd.DataFrame) -> Iterator[str]:
    """Put published figures beside ours."""
    own = table[(table["task"] == "adding") & (table["network"] == "lstm")]
    own = own[(own["start"] == DEFAULT) & own["solved_after"].notna()]
    for row in own.to_dict("records"):
        yield (
            f"The LSTM took {row['solved_after'] * row['batch']:,.0f} sequences (the median of "
            f"those that got there) for adding over {row['days']} days. Hochreiter and "
            "Schmidhuber (1997) report 74,000 for 100 steps, by another criterion and without "
            "Adam: quoted, not measured "
            "here."
        )
    if (table["task"] == "adding").any():
        yield (
            "Numbers to add are uniform on −1 … 1, so that knowing nothing costs 2/3. Arjovsky et "
            "al. (2016) draw them from 0 … 1, where it costs 1/6: quoted as 0.167. Le et al. "
            "(2015), who draw them so, too, show the errors of rectified units that begin with the "
            "identity over 150 to 400 steps as curves, without a number to put beside these."
        )


def _limits(table: pd.DataFrame) -> Iterator[str]:
    """Say what this does not show."""
    if "copying" in table["task"].to_numpy() and "bidirectional" in table["network"].to_numpy():
        yield (
            "Copying wants an answer on each of ten days, and a bidirectional network answers at "
            "the end of its window alone: it was not asked."
        )
    if "chrono" in table["start"].to_numpy():
        yield "Chrono was told the days of the sequences as the longest memory that is expected."
    yield (
        "One budget, nothing tuned: who did not learn a task here may learn it with more steps or "
        "units. The answer is read from the head's locations, of as many days ahead as there are "
        "answers."
    )


def _figures(table: pd.DataFrame) -> list[Figure]:
    return [
        Figure(
            f"solved {_title(row['task'])} over {row['days']} days, {row['network']}, "
            f"{row['start']}",
            row["solved"],
            row["low"],
            row["high"],
            "share of trainings",
        )
        for row in table.to_dict("records")
    ]


def _plots(table: pd.DataFrame, alike: pd.DataFrame) -> list[Plot]:
    """Draw tasks by network, what is left of the loss, and starts."""
    plots = []
    if len(alike):
        days, asked = alike["days"].iloc[0], alike.assign(curve=alike["task"].map(_title))
        plots += [
            Plot(
                "solved",
                f"How often each network learned each task over {days} days, begun as Keras does. "
                "Bars are shares of trainings from different first weights; whiskers their 95 % "
                "intervals. No bar and no whisker: not asked.",
                "network",
                SOLVED,
                _bars(asked, "network", "solved", ("low", "high")),
            ),
            Plot(
                "loss_left",
                f"What is left of the loss over {days} days: 1 is the best answer without memory, "
                "0 is perfect. Means over trainings with 95 % intervals.",
                "network",
                "loss over that of the best answer without memory",
                _bars(asked, "network", "share", ("share_low", "share_high")),
            ),
        ]
    of = table.groupby(["network", "task", "days"])
    matters = table[(of["solved"].transform("max") > of["solved"].transform("min"))]
    if len(matters):
        names = [f"{row.network}, {_title(row.task)} {row.days}" for row in matters.itertuples()]
        plots.append(
            Plot(
                "starts",
                "How often a network learned a task, by how its first weights are drawn, where "
                "not all starts came out the same. The number is the days to span; whiskers are "
                "95 % intervals. No bar and no whisker: not tried.",
                "start",
                SOLVED,
                _bars(matters.assign(curve=names), "start", "solved", ("low", "high")),
            )
        )
    return plots


def _bars(table: pd.DataFrame, x: str, y: str, ends: tuple[str, str]) -> list[Curve]:
    """Return the bars of each `curve`, undefined where there is no row."""
    names = list(dict.fromkeys(table[x]))
    curves = []
    for curve, own in table.groupby("curve", sort=False):
        known = own.drop_duplicates(x).set_index(x)[[y, *ends]].reindex(names).astype(float)
        values = [known[column].tolist() for column in (y, *ends)]
        curves.append(Curve(str(curve), names, values[0], values[1], values[2], "bars"))
    return curves


def _title(task: object) -> str:
    """Return a task as one writes it."""
    name = str(task)
    return TASKS[name].title if name in TASKS else name


def _count(row: Any) -> str:
    """Write how many trainings of how many."""
    return f"{round(row.solved * row.seeds)} of {row.seeds}"


def _times(row: Condition) -> str:
    """Write how many trainings of how many, with the interval."""
    interval = f"{number(row['low'], '.0%')} to {number(row['high'], '.0%')}"
    return f"{round(row['solved'] * row['seeds'])} of {row['seeds']} ({interval})"
