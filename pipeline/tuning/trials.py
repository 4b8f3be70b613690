"""The trials of a search, kept in a SQLite file by Optuna as they go."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import StoreError

if TYPE_CHECKING:
    from optuna import Trial
    from optuna.distributions import BaseDistribution
    from optuna.trial import FrozenTrial

NAME = "tune"
"""Of the study in its file."""
STARTUP = 5
"""Trials before any is ended early, and before settings are drawn from what was found."""
WARMUP = 4
"""Epoch from which on a trial may be ended: small steps and large batches begin slowly."""
FORGOTTEN = "forgotten"
"""Attribute of a trial that was ended because time was over, and not by a death."""
PATIENCE = 60.0
"""Seconds that a file which a backup or another program holds is waited for."""


class Trials:
    """Trials that are drawn, judged epoch by epoch, and kept.

    The settings of a trial are drawn by tree-structured Parzen estimators (Bergstra, Bardenet,
    Bengio and Kégl, "Algorithms for hyper-parameter optimization", NIPS 2011) from the trials that
    are finished and a seed, and from nothing else. So a search that was killed draws the trial
    that it was at again, and goes on as if nothing had been. A trial whose best epoch so far is
    worse than that of half of the finished ones at the same epoch is ended early (the median rule
    of Golovin et al., "Google Vizier", KDD 2017).

    Parameters
    ----------
    path
        The file; made where it is not there.
    space
        Setting → range.
    seed
        Of the draws.

    Raises
    ------
    StoreError
        If the file is damaged, is no such file or cannot be written.
    """

    def __init__(self, path: Path, space: Mapping[str, BaseDistribution], seed: int) -> None:
        import optuna
        from optuna.trial import TrialState
        from sqlalchemy.pool import NullPool

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self.path, self.space, self.seed = path, dict(space), seed
        _check(path)
        with self._told():
            path.parent.mkdir(parents=True, exist_ok=True)
            # Opened by path: an address would give some characters of it another meaning.
            opened = partial(sqlite3.connect, path, timeout=PATIENCE)
            how = {"creator": opened, "poolclass": NullPool}
            self.study = optuna.create_study(
                storage=optuna.storages.RDBStorage("sqlite://", how),
                study_name=NAME,
                direction="minimize",
                pruner=optuna.pruners.MedianPruner(STARTUP, WARMUP),
                load_if_exists=True,
            )
            # Nobody else writes here: whatever runs was begun by a process that has died.
            for trial in self.study.get_trials(states=(TrialState.RUNNING,)):
                self.study.tell(trial.number, state=TrialState.FAIL)

    def finished(self) -> list[FrozenTrial]:
        """Return the trials that went to their end or were ended early, in order."""
        from optuna.trial import TrialState

        with self._told():
            return self.study.get_trials(states=(TrialState.COMPLETE, TrialState.PRUNED))

    def draw(self) -> Trial:
        """Begin a trial; its `params` are setting → value."""
        from optuna.samplers import TPESampler

        seed = self.seed + len(self.finished())
        self.study.sampler = TPESampler(n_startup_trials=STARTUP, seed=seed)
        with self._told():
            return self.study.ask(fixed_distributions=self.space)

    def hopeless(self, trial: Trial, epoch: int, loss: float) -> bool:
        """Note an epoch's validation loss, and say whether the trial is to be ended early."""
        with self._told():
            trial.report(loss, epoch)
            return trial.should_prune()

    def end(self, trial: Trial, loss: float | None, about: Mapping[str, Any]) -> None:
        """End a trial with its best validation loss, or early without one."""
        from optuna.trial import TrialState

        with self._told():
            for key, value in about.items():
                trial.set_user_attr(key, value)
            if loss is None:
                self.study.tell(trial, state=TrialState.PRUNED)
            else:
                self.study.tell(trial, loss)

    def forget(self, trial: Trial) -> None:
        """End a trial that has come to nothing: the next one is drawn as it was."""
        from optuna.trial import TrialState

        with self._told():
            trial.set_user_attr(FORGOTTEN, True)
            self.study.tell(trial, state=TrialState.FAIL)

    def deaths(self, trial: Trial) -> int:
        """Return how often a process has died while it trained what a trial has drawn."""
        from optuna.trial import TrialState

        with self._told():
            failed = self.study.get_trials(states=(TrialState.FAIL,))
        same = (one for one in failed if one.params == trial.params)
        return sum(FORGOTTEN not in one.user_attrs for one in same)

    def add(
        self, values: Mapping[str, Any], losses: Mapping[int, float], about: Mapping[str, Any]
    ) -> None:
        """Keep a trial that was not drawn: setting → value, and validation losses by epoch."""
        from optuna.trial import create_trial

        trial = create_trial(
            value=min(losses.values()),
            params=dict(values),
            distributions={key: self.space[key] for key in values},
            intermediate_values=dict(losses),
            user_attrs=dict(about),
        )
        with self._told():
            self.study.add_trial(trial)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Say in a sentence what is wrong with the file."""
        from optuna.exceptions import OptunaError
        from sqlalchemy.exc import SQLAlchemyError

        try:
            yield
        # Optuna raises RuntimeError for a file of another version of itself.
        except (OptunaError, SQLAlchemyError, RuntimeError, OSError) as error:
            cause = str(error.__cause__ or error).partition("\n")[0]
            raise StoreError(
                f"The trials in {self.path} cannot be read or written ({cause}): make room or mend "
                "its permissions, or move the file away to begin anew."
            ) from error


def _check(path: Path) -> None:
    """Refuse a file that is there and holds no trials."""
    if not path.exists() or (path.is_file() and not path.stat().st_size):
        return
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as file:
            (damage,) = file.execute("PRAGMA quick_check(1)").fetchone()
            tables = {name for (name,) in file.execute("SELECT name FROM sqlite_master")}
    except sqlite3.Error as error:
        damage, tables = str(error), set()
    if damage != "ok" or not {"studies", "trials"} <= tables:
        what = "holds no trials" if damage == "ok" else f"is damaged ({damage})"
        raise StoreError(f"The file {path} {what}: move it away, and the search begins anew.")
