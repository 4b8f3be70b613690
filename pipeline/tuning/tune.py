"""A search for settings: trial by trial, by the loss on validation days alone."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.errors import ConfigError
from pipeline.outputs import Trained
from pipeline.run.code import code
from pipeline.run.fingerprint import fingerprint
from pipeline.run.flow import Flow
from pipeline.run.plan import Plan
from pipeline.run.ready import check_ready
from pipeline.settings.settings import Settings
from pipeline.tuning.space import given, ranges, with_values
from pipeline.tuning.trials import Trials
from pipeline.watch import Watch
from pipeline.words import plural

if TYPE_CHECKING:
    from optuna import Trial
    from optuna.trial import FrozenTrial

FOLDER = "tuning"
"""Of the store: a file a search."""
DEATHS = 2
"""Deaths of the process at one trial after which it is given up; one may have other causes."""


class HopelessError(Exception):
    """A trial is ended early."""


class LateError(Exception):
    """The time of a search is over."""


@dataclass(frozen=True)
class Tried:
    """A trial that is finished."""

    number: int
    """Counted from 1, which is that of the settings as they were given."""
    drawn: dict[str, Any]
    """Setting → value, of those that were drawn."""
    loss: float | None
    """Validation loss (nats) of its best epoch; None: it was ended early."""
    losses: dict[int, float]
    """Epoch → validation loss."""
    seconds: float
    refused: str
    """Why it could not be trained, as where it diverged; else empty."""

    @property
    def state(self) -> str:
        """What became of it."""
        return "refused" if self.refused else "ended early" if self.loss is None else "finished"


@dataclass(frozen=True)
class Tuned:
    """What a search has found so far."""

    flow: Flow
    """Of the settings that were given."""
    trials: tuple[Tried, ...]
    fingerprint: str
    """Of all that decides what is found: prices, settings, ranges and code, and how many trials."""

    @property
    def best(self) -> Tried:
        """The trial of the lowest validation loss, the first of equals."""
        return min(self.trials, key=lambda one: float("inf") if one.loss is None else one.loss)

    @property
    def settings(self) -> Settings:
        """The settings of the best trial, fitted anew as they were given to be."""
        return with_values(self.flow.settings, self.best.drawn)


def tune(
    plan: Plan, settings: Settings, watch: Watch, *, trials: int, timeout: float | None = None
) -> Tuned:
    """Look for settings of `model` and `train` that validate best.

    The first trial has the settings as they are given, the others draw those that
    `space.RANGES` declares for the architecture. What a trial is judged by is the loss on
    validation days at its best epoch. There is no refit: that is fitted to those very days, so
    that they could no longer judge it, and would take as long again. Nothing is forecast on test
    days. Trials are kept in a file of the store, and a search with the same prices, settings,
    ranges and code goes on with them.

    Parameters
    ----------
    plan
        Of which the stages up to training are made.
    settings
        What is not looked for stays as it is here.
    watch
        Told of every trial that is finished.
    trials
        Finished trials after which the search ends, earlier ones among them.
    timeout
        Seconds after which it ends; the trial that is then at work is drawn again next time.

    Raises
    ------
    ConfigError
        If the given settings cannot be trained, or no trial ends in time.
    StoreError
        If the file of trials is damaged or cannot be written.
    """
    ends = float("inf") if timeout is None else time.monotonic() + timeout
    check_ready(settings, watch)
    flow = Flow(plan, settings, watch)
    with flow.store.shared():
        for stage in plan:
            if stage.before_run:
                flow.make(stage)
        search = _Search(flow, ends)
        # Of two processes that look for the same, the second goes on where the first ends.
        turn = flow.store.claim(f"turn-{FOLDER}-{search.fingerprint}")
        try:
            finished = search.run(trials)
        finally:
            flow.store.release(turn)
    if not finished:
        raise ConfigError(
            f"No trial has ended within {plural(round(timeout or 0), 'second')}: give more with "
            "--timeout, or make trials shorter with train.epochs."
        )
    told = {
        "finished": len(finished),
        **{name: repr(getattr(settings, name)) for name in ("model", "train")},
    }
    known = fingerprint(FOLDER, [search.fingerprint], told, code(tune))
    return Tuned(flow, tuple(map(_tried, range(1, len(finished) + 1), finished)), known)


class _Search:
    """Trials over one flow."""

    def __init__(self, flow: Flow, ends: float) -> None:
        self.flow, self.ends = flow, ends
        self.stage = flow.plan.making(Trained).name
        self.space = ranges(flow.settings.model.name)
        plain = {key: repr(values) for key, values in self.space.items()}
        needs = [self._once(flow.settings, _Judge(self)).fingerprints[self.stage]]
        self.fingerprint = fingerprint(FOLDER, needs, plain, code(tune))

    def run(self, count: int) -> list[FrozenTrial]:
        """Go on until so many trials are finished, or time is over; return those that are."""
        path = self.flow.store.root / FOLDER / f"{self.fingerprint}.db"
        self.trials = Trials(path, self.space, self.flow.settings.train.seed)
        known = len(self.trials.finished())
        if known:
            self.flow.watch.note(f"{plural(known, 'trial')} of before are taken up from {path}.")
        while (done := len(self.trials.finished())) < count and time.monotonic() < self.ends:
            self.flow.watch.step("trials", done, count)
            try:
                self._next() if done else self._first()
            except LateError:
                break
            self.flow.watch.step("trials", done + 1, count)
        return self.trials.finished()

    def _first(self) -> None:
        """Train the settings as they are given."""
        judge = _Judge(self)
        seconds = self._train(self.flow.settings, judge)
        self.trials.add(given(self.flow.settings), judge.losses, {"seconds": seconds})

    def _next(self) -> None:
        """Draw settings and train them; ones that cannot be trained are bad ones."""
        trial = self.trials.draw()
        judge = _Judge(self, trial)
        loss: float | None = None
        about: dict[str, Any] = {}
        try:
            if self.trials.deaths(trial) >= DEATHS:
                raise ConfigError(
                    f"The process died {DEATHS} times while it trained these settings: give it "
                    "more memory."
                )
            about["seconds"] = self._train(with_values(self.flow.settings, trial.params), judge)
            loss = min(judge.losses.values())
        except HopelessError:
            about["seconds"] = judge.seconds
        except ConfigError as error:
            about = {"seconds": judge.seconds, "refused": str(error)}
        except LateError:
            self.trials.forget(trial)
            raise
        self.trials.end(trial, loss, about)

    def _train(self, settings: Settings, judge: _Judge) -> float:
        """Train once, or find that it was done; tell the judge of every epoch; return seconds."""
        flow = self._once(settings, judge)
        flow.reach(self.stage)
        trained = flow.made(Trained)
        if not judge.losses:
            for row in trained.history.to_dict("records"):
                judge.epoch(int(row["epoch"]), {"valid_loss": float(row["valid_loss"])})
        return float(trained.history["seconds"].sum())

    def _once(self, settings: Settings, judge: _Judge) -> Flow:
        """Return the flow of settings without a refit, from weights drawn anew.

        Only the sizes that the pretrained network happens to have could start from it.
        """
        train = settings.train.model_copy(update={"refit": False, "start": "fresh"})
        return self.flow.vary(settings.model_copy(update={"train": train}), judge)


class _Judge:
    """A watch that ends a training which is hopeless or late."""

    def __init__(self, search: _Search, trial: Trial | None = None) -> None:
        self.search, self.trial = search, trial
        self.losses: dict[int, float] = {}
        self.seconds = 0.0

    def step(self, task: str, done: int, total: int) -> None:
        """Do nothing: of a search the trials are told."""

    def note(self, sentence: str) -> None:
        """Do nothing."""

    def epoch(self, number: int, metrics: Mapping[str, float]) -> None:
        """Note an epoch's validation loss, and judge by it."""
        self.losses[number] = metrics["valid_loss"]
        self.seconds += metrics.get("seconds", 0.0)
        trial = self.trial
        if trial and self.search.trials.hopeless(trial, number, metrics["valid_loss"]):
            raise HopelessError
        if time.monotonic() >= self.search.ends and not self._over(number):
            raise LateError

    def _over(self, epoch: int) -> bool:
        """Say whether this was the last epoch that there may be."""
        return epoch >= self.search.flow.settings.train.epochs


def _tried(number: int, trial: FrozenTrial) -> Tried:
    """Return a trial as it is told; Optuna gives one that was ended early the value of its end."""
    return Tried(
        number,
        dict(trial.params),
        trial.value if trial.state.name == "COMPLETE" else None,
        dict(sorted(trial.intermediate_values.items())),
        float(trial.user_attrs.get("seconds", 0.0)),
        str(trial.user_attrs.get("refused", "")),
    )
