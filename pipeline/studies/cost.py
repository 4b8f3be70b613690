r"""What a recurrent layer costs: seconds of a pass forward and of one of training, and their law.

By the law of `pipeline.studies.law` both grow as T · (H² + H · I). Days, units, inputs and the
batch are each varied alone, around `USUAL`; the sizes of one cell are timed by turns. What is timed
is what firmament forecasts and trains with: the engine of `models.recurrence`, compiled by XLA.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from pipeline.studies.conclusions.cost import conclude
from pipeline.studies.law import GATES
from pipeline.studies.study import Cell, Row
from pipeline.studies.timing import PRODUCT, passes, product, rotate, together

__all__ = ["conclude", "design", "measure"]

USUAL = {"days": 64, "units": 64, "inputs": 16, "batch": 32}
SIZES = {
    "days": (16, 64, 256, 384, 512, 768, 1024),
    "units": (16, 64, 128, 192, 256, 384, 512),
    "inputs": (1, 32, 64, 128),
    "batch": (1, 8, 128),
}
FULL_SIZES = {
    "days": (16, 64, 128, 256, 384, 512, 768, 1024, 1536, 2048),
    "units": (8, 16, 32, 64, 128, 192, 256, 384, 512, 768, 1024),
    "inputs": (1, 4, 16, 64, 128, 256),
    "batch": (1, 4, 8, 16, 64, 128),
}
"""What each is varied over."""


def design(full: bool) -> list[dict[str, Any]]:
    """Return the cells: a network and what is varied."""
    return [
        {
            "cell": f"{architecture}, {varied}",
            "architecture": architecture,
            "varied": varied,
            "full": full,
            "budget": 60.0 if full else 3.0,
        }
        for architecture in GATES
        for varied in SIZES
    ]


def measure(cell: Cell) -> list[Row]:
    """Time the passes of all sizes of a cell.

    Returns
    -------
    list of dict
        A row a size and pass: `way`, `days`, `units`, `inputs`, `batch`; `seconds` of the
        processor, the median of `turns` readings, with their quartiles `quarter` and
        `three_quarters`, and the `fastest`; `limit`, the operations a second of a big product
        that was timed in the same turns.
    """
    from models.backend import import_keras

    import_keras()  # whole, before threads ask for parts of it
    varied = cell["varied"]
    sizes = [{**USUAL, varied: size} for size in (FULL_SIZES if cell["full"] else SIZES)[varied]]
    made = together([partial(passes, cell["architecture"], **given) for given in sizes])
    calls = {(at, way): call for at, each in enumerate(made) for way, call in each.items()}
    read = rotate({**calls, "product": product()}, cell["budget"])
    limit = 2.0 * PRODUCT**3 / float(np.median(read["product"]))
    rows = []
    for at, way in calls:
        quarters = map(float, np.quantile(read[at, way], (0.0, 0.25, 0.5, 0.75)))
        names = ("fastest", "quarter", "seconds", "three_quarters")
        told = dict(zip(names, quarters, strict=True))
        rows.append({"way": way, **sizes[at], **told, "turns": len(read[at, way]), "limit": limit})
    return rows
