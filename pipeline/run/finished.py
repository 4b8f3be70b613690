"""A finished run, as the store has it: what it forecast, whom it found alike, its report."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

from pipeline.store import EDITION, LATEST, PUBLISHED, RUNS, Store, made, open_store

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.outputs import Studied
    from pipeline.settings.settings import Settings
    from pipeline.similarity.asking.peers import Peers

T = TypeVar("T")
PAGE = "page.html"


@dataclass(frozen=True, eq=False, repr=False)
class Finished:
    """A run that has ended, or what a schedule has published of a day.

    Nothing is read before it is asked for, and no network is run.
    """

    store: Store
    record: dict[str, Any]
    """What the store notes of it: `run_id source model date fingerprints` and more."""

    def __repr__(self) -> str:
        told = [str(self.record[key]) for key in ("source", "model", "date") if key in self.record]
        return f"<{type(self).__name__} {' · '.join([self.record['run_id'], *told])}>"

    @classmethod
    def load(
        cls,
        data_root: str | Path = "data/store",
        run_id: str | None = None,
        mirror_root: str | Path = "data/mirror",
    ) -> Self:
        """Open a finished run.

        Parameters
        ----------
        data_root
            The store's folder, or its address.
        run_id
            An MLflow run's id or how it begins, or ``latest``; by default what a schedule has
            published, or else the latest run.
        mirror_root
            Folder of copies of what is read from an address.

        Raises
        ------
        InputError
            If there is no such run.
        StoreError
            If its record is damaged.
        """
        store = open_store(data_root, mirror_root)
        return cls(store, store.run(run_id))

    def made(self, kind: type[T], stage: str, what: str) -> T:
        """Return the output of a stage.

        Raises
        ------
        InputError
            If the run is of an earlier version that had no such stage: it did not do `what`.
        StoreError
            If the output is damaged.
        """
        return self.store.read(kind, stage, made(self.record, stage, what))

    @property
    def forecasts(self) -> pd.DataFrame:
        """Forecasts of the sessions after the last day, as `Foreseen.forecasts`."""
        from pipeline.outputs import Foreseen

        return self.made(Foreseen, "forecast", "forecast the next sessions").forecasts

    @property
    def studied(self) -> Studied:
        """What was found out about the similarities."""
        from pipeline.outputs import Studied

        return self.made(Studied, "study", "judge its similarities")

    @property
    def growth_settings(self) -> dict[str, Any]:
        """How growth was taken: the section `growth` of the settings."""
        return self.store.settings("growth", made(self.record, "growth", "take growth rates"))

    @property
    def settings(self) -> Settings:
        """The settings that its stages were made with; of all others the defaults."""
        from pipeline.settings.settings import Settings

        noted: dict[str, Any] = {}
        for stage, fingerprint in self.record["fingerprints"].items():
            noted |= self.store.about(stage, fingerprint).get("settings", {})
        return Settings.model_validate(noted)

    @property
    def report(self) -> Path:
        """The file of the HTML page; of what a schedule has published, that of its edition."""
        from pipeline.outputs import Edition, Reported

        if EDITION in self.record:
            return self._page(Edition, EDITION, self.record[EDITION])
        return self._page(Reported, "report", made(self.record, "report", "write a report"))

    def _page(self, kind: type[Any], stage: str, fingerprint: str) -> Path:
        """Return the file of a page; one that is damaged or gone is refused."""
        self.store.read(kind, stage, fingerprint)
        return self.store.folder(stage, fingerprint) / PAGE

    def peers(self) -> Peers:
        """Open the similarities of the firms."""
        from pipeline.similarity.asking.peers import Peers

        return Peers.of(self.store, self.record)


def listed(store: Store) -> pd.DataFrame:
    """List the runs that a store can be asked for, those of the latest days first.

    Returns
    -------
    DataFrame
        `run_id date source model`, `published` (whether a schedule answers with it now) and
        `latest` (whether it is the latest run that `firmament run` made).

    Raises
    ------
    InputError
        If there is none.
    StoreError
        If a record is damaged.
    """
    import pandas as pd

    names = [name for name in store.records(RUNS) if name != LATEST]
    # Where there is none, that is said, and what to do.
    told = [store.kept(name) or {} for name in names] or [store.run()]
    columns = ("run_id", "date", "source", "model")
    table = pd.DataFrame([[one.get(key) for key in columns] for one in told], columns=columns)
    for mark, name in (("published", PUBLISHED), ("latest", LATEST)):
        table[mark] = table["run_id"] == (store.kept(name) or {}).get("run_id")
    order = ["date", "run_id"]
    return table.sort_values(order, ascending=[False, True]).reset_index(drop=True)
