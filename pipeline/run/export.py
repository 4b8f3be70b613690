"""What a run found of all firms, as files for other programs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.run.finished import Finished
from pipeline.store.file import check, whole

if TYPE_CHECKING:
    import pandas as pd

VECTORS = ".tsv"
"""The suffix of vectors for TensorBoard's projector: a row a firm, no header, names beside."""
TABLES = (".parquet", ".csv")


@dataclass(frozen=True)
class Kind:
    """Something that can be exported."""

    name: str
    table: Callable[[Finished, int], pd.DataFrame]
    """What a run found, with so many peers a firm."""
    suffixes: tuple[str, ...] = TABLES


def _peers(run: Finished, top: int) -> pd.DataFrame:
    from pipeline.similarity.asking.everyone import nearest

    return nearest(run.peers(), top)


def _embedding(run: Finished, _: int) -> pd.DataFrame:
    from pipeline.similarity.asking.everyone import placed

    return placed(run.peers())


def _matrix(run: Finished, _: int) -> pd.DataFrame:
    return run.peers().matrix().rename_axis("symbol").reset_index()


def _forecasts(run: Finished, _: int) -> pd.DataFrame:
    return run.forecasts


KINDS = {
    kind.name: kind
    for kind in (
        Kind("peers", _peers),
        Kind("embedding", _embedding, (*TABLES, VECTORS)),
        Kind("matrix", _matrix),
        Kind("forecasts", _forecasts),
    )
}


def export(run: Finished, name: str, path: Path, top: int) -> list[Path]:
    """Write what a run found into a file, whole or not at all.

    Parameters
    ----------
    run
        The run.
    name
        One of `KINDS`.
    path
        A file whose suffix says how it is written; one that is there already is replaced.
    top
        Peers of each firm.

    Returns
    -------
    list of Path
        The files: of vectors there is a second one, `OUT.metadata.tsv`, with what is known of
        the firms.

    Raises
    ------
    InputError, StoreError
        Where the file cannot be written (see `pipeline.store.file.check`), or the run has no
        such thing.
    """
    kind = KINDS[name]
    check(path, kind.suffixes, "table")
    table = kind.table(run, top)
    if path.suffix.lower() != VECTORS:
        return [_written(table, path)]
    from pipeline.similarity.asking.everyone import KNOWN, PLACE

    beside = path.with_suffix(f".metadata{VECTORS}")
    vectors = _written(table.drop(columns=[*KNOWN, *PLACE]), path, header=False)
    return [vectors, _written(table[KNOWN], beside)]


def _written(table: pd.DataFrame, path: Path, *, header: bool = True) -> Path:
    """Write a table as its file's suffix says."""
    with whole(path, "table") as draft:
        if draft.suffix == ".parquet":
            table.to_parquet(draft, index=False)
        else:
            separator = "," if draft.suffix == ".csv" else "\t"
            table.to_csv(draft, index=False, header=header, sep=separator)
    return path
