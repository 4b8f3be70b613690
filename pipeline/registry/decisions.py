"""The log of decisions about who is champion: an MLflow run each.

A decision is written down before it is carried out, as a run that is still open, and ended after.
Whoever finds an open one carries it out again, which does no harm: so a process may die anywhere
in between.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pipeline.errors import InputError
from pipeline.outputs import Json
from pipeline.registry.versions import CHAMPION, FORECASTER
from pipeline.tracking import Tracker, told

if TYPE_CHECKING:
    import pandas as pd

EXPERIMENT = f"{FORECASTER} decisions"
PROMOTED, HELD, RESTORED = "promoted", "held", "restored"
"""What a decision can come to; `restored` is a rollback."""
WHOLE = "whole"
"""Tag of a decision whose numbers are all there."""
TEXTS = ("outcome", "date", "challenger", "before", "champion", "reason")


NUMBERS = (
    "challenger_crps",
    "champion_crps",
    "difference",
    "low",
    "high",
    "p_value",
    "days",
    "firms",
    "champion_days",
    "level",
)
"""What a decision is made by; see `pipeline.daily.duel`."""


@dataclass(frozen=True)
class Decision:
    """Who is champion from now on, and why."""

    outcome: str
    """`promoted`, `held` or `restored`."""
    date: str
    """The day (ISO) of the prices that it was made on."""
    challenger: str
    """Number of the version that was judged; of a rollback, the version that is restored."""
    before: str
    """Number of the champion before, or nothing."""
    champion: str
    """Number of the champion after."""
    reason: str
    """One sentence."""
    numbers: Mapping[str, float] = field(default_factory=dict)
    """What it was decided by: those of `NUMBERS` that there are."""
    made: str = ""
    """When (ISO, UTC)."""
    run_id: str = ""
    """Its MLflow run."""

    def as_json(self) -> Json:
        """Return the decision as plain values."""
        return {**vars(self), "numbers": dict(self.numbers)}


def log(tracker: Tracker, decision: Decision) -> Decision:
    """Write a decision down, and carry it out; return it as logged."""
    opened = _open(tracker, decision)
    _carry_out(tracker, opened)
    return opened


def settled(tracker: Tracker) -> list[Decision]:
    """Return all decisions, the oldest first, after finishing those that a dead process left."""
    found = _runs(tracker)
    decisions = []
    for run in found:
        decision = _decision(run)
        if run.info.status == "RUNNING":
            with suppress(InputError):  # its version was deleted: it is ended as failed
                _carry_out(tracker, decision)
                decisions.append(decision)
        else:
            decisions.append(decision)
    return decisions


def recorded(tracker: Tracker) -> tuple[list[Decision], list[Decision]]:
    """Return all decisions, the oldest first, and those of them that are open; changes nothing."""
    whole = [run for run in _all(tracker) if WHOLE in run.data.tags]
    unended = [_decision(run) for run in whole if run.info.status == "RUNNING"]
    return [_decision(run) for run in whole], unended


def table(decisions: list[Decision]) -> pd.DataFrame:
    """Return decisions as a table, the newest first: `made date outcome …` and `NUMBERS`."""
    import pandas as pd

    rows = [
        {
            **{key: getattr(made, key) for key in ("made", *TEXTS)},
            **{key: made.numbers.get(key) for key in NUMBERS},
            "run_id": made.run_id,
        }
        for made in reversed(decisions)
    ]
    return pd.DataFrame(rows, columns=["made", *TEXTS, *NUMBERS, "run_id"])


def reign(decisions: list[Decision]) -> list[str]:
    """Return the champions whose restoring makes sense, the present one last.

    A promotion puts a version on top; a rollback takes one away.
    """
    champions: list[str] = []
    for decision in decisions:
        if decision.outcome == PROMOTED and decision.champion not in champions[-1:]:
            champions.append(decision.champion)
        elif decision.outcome == RESTORED and champions:
            champions.pop()
    return champions


@told
def _open(tracker: Tracker, decision: Decision) -> Decision:
    """Begin the run of a decision, with all that is to be known of it."""
    from mlflow.entities import Metric

    now = int(time.time() * 1000)
    run = tracker.client.create_run(
        tracker.experiment(EXPERIMENT),
        start_time=now,
        run_name=f"{decision.date} {decision.outcome}",
        tags={key: getattr(decision, key) for key in TEXTS},
    )
    metrics = [
        Metric(key, float(value), now, 0)
        for key, value in decision.numbers.items()
        if math.isfinite(value)
    ]
    tracker.client.log_batch(run.info.run_id, metrics=metrics)
    # Only with this tag is it whole: numbers that are missing would never be noticed else.
    tracker.client.set_tag(run.info.run_id, WHOLE, "yes")
    return _decision(tracker.client.get_run(run.info.run_id))


@told
def _carry_out(tracker: Tracker, decision: Decision) -> None:
    """Make the champion what was decided, and end the decision's run."""
    from mlflow.exceptions import MlflowException

    try:
        if decision.outcome != HELD:
            tracker.client.set_registered_model_alias(FORECASTER, CHAMPION, decision.champion)
    except MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise
        tracker.client.set_terminated(decision.run_id, "FAILED")
        raise InputError(
            f"Version {decision.champion} of {FORECASTER} is not in the registry any more: the "
            "champion stays."
        ) from error
    tracker.client.set_terminated(decision.run_id, "FINISHED")


@told
def _runs(tracker: Tracker) -> list[Any]:
    """Return the runs of whole decisions, the oldest first; others are ended as killed."""
    whole = []
    for run in _all(tracker):
        if WHOLE in run.data.tags:
            whole.append(run)
        else:
            tracker.client.set_terminated(run.info.run_id, "KILLED")
    return whole


@told
def _all(tracker: Tracker) -> list[Any]:
    """Return the runs of decisions that did not fail, be they whole or not, the oldest first."""
    known = tracker.client.get_experiment_by_name(EXPERIMENT)
    if known is None:
        return []
    found: list[Any] = []
    token = None
    while True:
        page = tracker.client.search_runs(
            [known.experiment_id],
            "attributes.status != 'KILLED' and attributes.status != 'FAILED'",
            max_results=1000,
            order_by=["attributes.start_time ASC"],
            page_token=token,
        )
        found += page
        token = page.token
        if not token:
            return found


def _decision(run: Any) -> Decision:
    tags, made = run.data.tags, datetime.fromtimestamp(run.info.start_time / 1000, UTC)
    return Decision(
        **{key: tags.get(key, "") for key in TEXTS},
        numbers=dict(run.data.metrics),
        made=made.isoformat(timespec="seconds"),
        run_id=run.info.run_id,
    )
