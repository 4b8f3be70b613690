"""A plan: stages in order, as a value that is handed to what runs it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from pipeline.errors import ConfigError, PlanError

if TYPE_CHECKING:
    from pipeline.outputs import Evaluated
    from pipeline.settings.settings import Settings
    from pipeline.sources import Source
    from pipeline.watch import Watch

T = TypeVar("T")


class Bench(Protocol):
    """What a stage finds laid out before it."""

    settings: Settings
    source: Source
    watch: Watch
    adopted: Mapping[int, str]
    """Networks that were trained on other days, by seed: fingerprints."""

    def made(self, kind: type[T]) -> T:
        """Return the output of an earlier stage."""

    def judged(self, architecture: str) -> Evaluated:
        """Return what another architecture earns with the same settings."""


@dataclass(frozen=True)
class Stage:
    """One step of a plan: a plain function, its settings, and the outputs that it needs."""

    name: str
    function: Callable[[Bench], Any]
    """Its code, and all that its imports reach, decide what it makes: see `pipeline.run.code`."""
    makes: type[Any]
    """The flat dataclass that it returns; no other stage of the plan makes it."""
    sections: tuple[str, ...] = ()
    """Sections of the configuration that change what it makes."""
    needs: tuple[str, ...] = ()
    """Stages whose outputs it is given, all of them before it."""
    before_run: bool = False
    """Whether it is made before an MLflow run is opened: input that it refuses leaves no run."""
    beside: bool = False
    """Whether a process beside the run may make it, since the next stages do not need it."""
    networks: Callable[[Any], Iterable[Any]] | None = None
    """Given the flow, those of further networks that it asks for, which may be trained beside the
    run too."""
    tables: tuple[str, ...] = ()
    """Files of its output that MLflow keeps with a run."""
    record: Callable[..., None] | None = None
    """Given the flow and the tracker, tells MLflow what else a run should show of its output."""


class Plan:
    """Stages in the order in which they run.

    Parameters
    ----------
    home
        Where another process finds this plan: `module:name`.
    stages
        Each after those that it needs.

    Raises
    ------
    PlanError
        If a name stands twice, a stage needs one that there is not or that comes later (so that
        none needs itself in a circle), or two make one kind of output.

    Examples
    --------
    >>> from pipeline.stages import PLAN
    >>> [stage.name for stage in PLAN.needed("window")]
    ['ingest', 'growth', 'window']
    """

    def __init__(self, home: str, stages: Sequence[Stage]) -> None:
        self.home = home
        self._stages: dict[str, Stage] = {}
        makers: dict[type[Any], str] = {}
        names = {stage.name for stage in stages}
        for stage in stages:
            if stage.name in self._stages:
                raise PlanError(f"The plan has two stages {stage.name}: rename one of them.")
            for need in stage.needs:
                if need not in names:
                    raise PlanError(
                        f"The stage {stage.name} needs {need}, which the plan does not have: add "
                        f"it, or choose from {', '.join(sorted(names))}."
                    )
                if need not in self._stages:
                    raise PlanError(
                        f"The stage {stage.name} needs {need}, which is not before it: move it "
                        "behind, and if each needs the other, break that circle."
                    )
            if stage.makes in makers:
                raise PlanError(
                    f"The stages {makers[stage.makes]} and {stage.name} both make "
                    f"{stage.makes.__name__}: give each an output of its own."
                )
            makers[stage.makes] = stage.name
            self._stages[stage.name] = stage

    @staticmethod
    def at(home: str) -> Plan:
        """Return the plan that is found at `module:name`."""
        module, _, name = home.partition(":")
        plan: Plan = getattr(import_module(module), name)
        return plan

    def __iter__(self) -> Iterator[Stage]:
        return iter(self._stages.values())

    def __getitem__(self, name: str) -> Stage:
        """Return a stage by name; an unknown one raises ConfigError."""
        if name not in self._stages:
            raise ConfigError(f"There is no stage {name!r}: choose from {', '.join(self._stages)}.")
        return self._stages[name]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the stages, in order."""
        return tuple(self._stages)

    @property
    def last(self) -> Stage:
        """The stage that needs all others, directly or not: its fingerprint is the run's."""
        return self._stages[self.names[-1]]

    def making(self, kind: type[Any]) -> Stage:
        """Return the stage that makes a kind of output."""
        for stage in self:
            if stage.makes is kind:
                return stage
        raise PlanError(f"No stage of the plan makes {kind.__name__}: add one that does.")

    def needed(self, name: str) -> tuple[Stage, ...]:
        """Return a stage and all that come before it on its way, in order."""
        wanted = {name}
        for stage in reversed(tuple(self)):
            if stage.name in wanted:
                wanted.update(stage.needs)
        self[name]  # which refuses a name that there is not
        return tuple(stage for stage in self if stage.name in wanted)
