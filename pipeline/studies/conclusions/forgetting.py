"""What follows from readers with and without a memory: the CRPS of growth, the loss of tasks."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import pandas as pd

from pipeline.studies.intervals import mean, over_seeds
from pipeline.studies.study import Curve, Figure, Found, Plot
from pipeline.studies.tasks import TASKS
from pipeline.words import listed

REFERENCE = "gru"
"""The recurrent network that the answer tells of."""
LATE = 0.9
"""Share of the epochs after which a best epoch says that more training would help."""
CONTROLS = ("linear", "a day", "a window")
COLUMNS = ["asked", "inputs", "days", "reader", "value", "low", "high", "seeds", "solved"]
CRPS, SHARE = "CRPS on validation days, 1/year", "loss over that of the best answer without memory"


def conclude(rows: pd.DataFrame) -> Found:
    """Compare readers of the same inputs, paired by seed, and count who solved which task."""
    growth, tasks = _growth(rows), _tasks(rows)
    worth, by_hand = _worth(rows), _by_hand(rows)
    compared = [*_compared(worth, rows, [REFERENCE])]
    answer = [*compared, *_counted(tasks)]
    others = [name for name in _names(worth, "recurrent") if name != REFERENCE]
    sentences = [
        *_compared(worth, rows, others),
        *_handed(by_hand),
        *_solved(tasks),
        *_unfinished(rows),
        *_limits(rows),
    ]
    figures = [
        *(_figure("CRPS", "1/year", row, "inputs", "reader") for row in _records(growth)),
        *(
            _figure("less CRPS", "%", row, "inputs", "recurrent", "control")
            for row in _records(worth)
        ),
        *(_figure("less CRPS by features", "%", row, "reader") for row in _records(by_hand)),
        *(_figure("loss", "", row, "asked", "days", "reader") for row in _records(tasks)),
    ]
    table = pd.concat([growth, tasks], ignore_index=True).reindex(columns=COLUMNS)
    return Found(" ".join(answer), sentences, table, figures, _plots(growth, worth, tasks))


def _growth(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the CRPS of each reader of each kind of inputs."""
    known = _known(rows, "crps")
    if known.empty:
        return pd.DataFrame(columns=COLUMNS)
    table = over_seeds(known, ["inputs", "reader"], "crps").rename(columns={"crps": "value"})
    return table.assign(asked="growth")


def _tasks(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the loss of each reader on each task over the naive one, and trainings that solved."""
    known = _known(rows, "share")
    if known.empty:
        return pd.DataFrame(columns=COLUMNS)
    keys = ["task", "days", "reader", "window"]
    table = over_seeds(known, keys, "share").rename(columns={"share": "value"})
    solved = known.groupby(keys, sort=False)["solved"].sum().astype(int).reset_index()
    titles = {name: task.title for name, task in TASKS.items()}
    table = table.merge(solved, on=keys).assign(asked=lambda found: found["task"].map(titles))
    return table.astype({"days": int, "window": int})


def _worth(rows: pd.DataFrame) -> pd.DataFrame:
    """Return by how many per cent of a control's CRPS each recurrent network's is lower."""
    told = []
    for inputs, crps in _by_seed(rows):
        recurrent = [name for name in crps if name not in CONTROLS]
        for network, control in product(recurrent, [name for name in CONTROLS if name in crps]):
            told.append(
                {"inputs": inputs, "recurrent": network, "control": control}
                | _lower(crps[network], crps[control])
            )
    return pd.DataFrame(told)


def _by_hand(rows: pd.DataFrame) -> pd.DataFrame:
    """Return by how many per cent features lower the CRPS that a reader has from the day alone."""
    tables = [crps for _, crps in _by_seed(rows)]
    if len(tables) < 2:
        return pd.DataFrame()
    plain, features = tables
    both = [name for name in plain if name in features]
    return pd.DataFrame([{"reader": name} | _lower(features[name], plain[name]) for name in both])


def _by_seed(rows: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Give each kind of inputs, and the CRPS by seed and reader."""
    known = _known(rows, "crps")
    for inputs, own in known.groupby("inputs", sort=False) if len(known) else ():
        yield str(inputs), own.pivot_table("crps", "seed", "reader", sort=False)


def _lower(crps: pd.Series[float], beside: pd.Series[float]) -> dict[str, float]:
    """Return by how many per cent a CRPS is lower than another of the same seed."""
    value, low, high = mean((100.0 * (1.0 - crps / beside)).dropna())
    return {"value": value, "low": low, "high": high}


def _known(rows: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return the rows that have a value."""
    return rows[rows[column].notna()] if column in rows else rows.iloc[:0]


def _compared(worth: pd.DataFrame, rows: pd.DataFrame, networks: list[str]) -> Iterator[str]:
    """Say how recurrent networks do beside each control, on growth."""
    if worth.empty:
        return
    window = int(_known(rows, "crps")["window"].iloc[0])
    titles = ("a linear map", "a feedforward network", f"one that sees {window} days at once")
    names = dict(zip(CONTROLS, titles, strict=True))
    for network, inputs in product(networks, _names(worth, "inputs")):
        own = worth[(worth["recurrent"] == network) & (worth["inputs"] == inputs)]
        parts = [_against(row, names[str(row["control"])]) for row in _records(own)]
        if parts:
            pays = _pays(own.set_index("control"), window) if network == REFERENCE else ""
            yield f"On growth from {inputs}, {pays}the CRPS of {network} is {listed(parts)}."


def _against(row: dict[str, Any], control: str) -> str:
    """Say how a network does beside a control."""
    if row["low"] <= 0.0 <= row["high"]:
        return (
            f"not told apart from that of {control} ({-row['high']:+.1f} to {-row['low']:+.1f} %)"
        )
    ends = sorted((abs(row["low"]), abs(row["high"])))
    where = "below" if row["low"] > 0.0 else "above"
    interval = f"{ends[0]:.1f} to {ends[1]:.1f} %"
    return f"{abs(row['value']):.1f} % {where} that of {control} ({interval})"


def _pays(worth: pd.DataFrame, window: int) -> str:
    """Say whether memory pays, and whether a state holds more of it than a window does."""
    if not {"a day", "a window"} <= {*worth.index}:
        return ""
    if worth["low"]["a day"] <= 0.0:
        return "a hidden state is not seen to pay: "
    if worth["low"]["a window"] <= 0.0:
        return f"memory pays, but a state is not seen to do better than {window} days at once: "
    return f"memory pays, and a state does better than {window} days at once: "


def _counted(tasks: pd.DataFrame) -> Iterator[str]:
    """Say how often the reference and a window solved what lies beyond the window."""
    beyond = tasks[tasks["days"] > tasks["window"]] if len(tasks) else tasks
    if not {REFERENCE, "a window"} <= {*beyond["reader"]}:
        return
    window = int(beyond["window"].iloc[0])
    yield (
        f"On tasks that span more than {window} days, {_times(beyond, REFERENCE)} trainings of "
        f"{REFERENCE} and {_times(beyond, 'a window')} of a feedforward network of {window} days "
        "found the answer (a loss below a tenth of the best without memory)."
    )


def _times(tasks: pd.DataFrame, reader: str) -> str:
    own = tasks[tasks["reader"] == reader]
    return f"{own['solved'].sum()} of {own['seeds'].sum()}"


def _handed(by_hand: pd.DataFrame) -> Iterator[str]:
    """Say what features are worth to readers with and without a memory."""
    if by_hand.empty:
        return
    helped = [
        f"{row['reader']} by {row['value']:.1f} % ({row['low']:.1f} to {row['high']:.1f} %)"
        for row in _records(by_hand[by_hand["low"] > 0.0])
    ]
    if helped:
        yield (
            f"Features in place of the day alone lower the CRPS of {listed(helped)}: running "
            "volatilities are a memory made by hand, though features tell of other firms, too."
        )
    others = by_hand[by_hand["low"] <= 0.0]["reader"].tolist()
    if others:
        yield f"Features in place of the day alone are not seen to help {listed(others)}."


def _solved(tasks: pd.DataFrame) -> Iterator[str]:
    """Say of each task how many trainings of each reader solved it."""
    for _, own in tasks.groupby(["asked", "days"], sort=False) if len(tasks) else ():
        task, days = str(own["asked"].iloc[0]), int(own["days"].iloc[0])
        counts = listed([f"{row['reader']} {row['solved']}" for row in _records(own)])
        window = int(own["window"].iloc[0])
        place = "within" if days <= window else "beyond"
        yield (
            f"{task.capitalize()} over {days} days, {place} the window of {window}, was solved, of "
            f"{own['seeds'].max()} trainings each, by {counts}."
        )


def _unfinished(rows: pd.DataFrame) -> Iterator[str]:
    """Say which readers of growth most often validated best at the end of their budget."""
    known = _known(rows, "crps")
    late = known.assign(late=known["best_epoch"] >= LATE * known["epochs"]) if len(known) else known
    for inputs, own in late.groupby("inputs", sort=False) if len(late) else ():
        shares = own.groupby("reader", sort=False)["late"].mean()
        names = [str(name) for name in shares.index[shares > 0.5]]
        if names:
            yield (
                f"From {inputs}, most trainings of {listed(names)} were best in the last "
                "epochs: more training may lower their CRPS."
            )


def _limits(rows: pd.DataFrame) -> Iterator[str]:
    """Say what the intervals do not cover."""
    growth = _known(rows, "crps")
    if growth.empty:
        return
    about = growth.iloc[0]
    yield (
        f"All readers have the same budget and the same batches, and are scored on the validation "
        f"days that chose their epoch: {about['firms']:.0f} firms, {about['first']} to "
        f"{about['last']}."
    )
    yield (
        "The intervals are over first weights and batches, paired by seed: they say what another "
        "training would give on these days, and nothing about other days or firms."
    )
    yield (
        "A window has a weight for every input of every day: where inputs are many, it may fall "
        "behind for learning by heart, not for what it cannot see."
    )
    yield (
        "The day alone is its growth and the size of that, in a unit of each firm that never "
        "changes; all hidden units are rectified on growth, since tanh tells little in a crash."
    )


def _figure(what: str, unit: str, row: dict[str, Any], *keys: str) -> Figure:
    """Return a figure that is named after what was set."""
    name = ", ".join([what, *(f"{row[k]} days" if k == "days" else str(row[k]) for k in keys)])
    return Figure(name, row["value"], row["low"], row["high"], unit)


def _plots(growth: pd.DataFrame, worth: pd.DataFrame, tasks: pd.DataFrame) -> list[Plot]:
    """Draw growth, what the state of the reference is worth, and tasks."""
    own = worth[worth["recurrent"] == REFERENCE] if len(worth) else worth
    over = "; bars are 95 % intervals over first weights and batches."
    plots = []
    if len(growth):
        curves = [
            _curve(name, part, "reader") for name, part in growth.groupby("inputs", sort=False)
        ]
        caption = f"CRPS of growth by what reads it, from the day alone and from features{over}"
        plots.append(Plot("growth", caption, "reader", CRPS, curves))
    if len(own):
        curves = [_curve(name, part, "control") for name, part in own.groupby("inputs", sort=False)]
        caption = (
            f"What the hidden state of {REFERENCE} is worth: by how much its CRPS is lower than "
            f"that of readers without one of the same inputs, paired by seed{over} Zero: nothing."
        )
        plots.append(Plot("worth", caption, "beside", "lower CRPS (%)", curves))
    if len(tasks):
        curves = [
            _curve(f"{asked}, {days} days", part, "reader")
            for (asked, days), part in tasks.groupby(["asked", "days"], sort=False)
        ]
        caption = f"What is left of the loss without memory: 0 is solved, 1 remembers nothing{over}"
        plots.append(Plot("tasks", caption, "reader", SHARE, curves))
    return plots


def _curve(name: object, table: pd.DataFrame, x: str) -> Curve:
    low, high = table["low"].tolist(), table["high"].tolist()
    return Curve(str(name), table[x].tolist(), table["value"].tolist(), low, high, "dots")


def _names(table: pd.DataFrame, column: str) -> list[str]:
    """Return what stands in a column, in order."""
    return list(dict.fromkeys(table[column])) if column in table else []


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]
