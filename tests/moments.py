"""The moments of a run at which it may be killed: before and after all that it does for good.

A moment is told by what is done, such as `after Store.keep published`, and by how often it has
come. Names that differ from run to run (ids, times) are told as `…`.
"""

from __future__ import annotations

import os
import re
import signal
import sys
from collections import Counter
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

WATCHED = {
    "pipeline.daily.steps:_done": (1,),
    "pipeline.terminal.screen:Screen.step": (1, 2, 3),
    "pipeline.store.local:Store._commit": (2,),
    "pipeline.store.local:Store.keep": (1,),
    "pipeline.store.claims:Claims.claim": (1,),
    "pipeline.store.claims:Claims.release": (1,),
    "pathlib:Path.replace": (1,),
    "mlflow.tracking.client:MlflowClient.create_run": (),
    "mlflow.tracking.client:MlflowClient.log_batch": (),
    "mlflow.tracking.client:MlflowClient.log_inputs": (),
    "mlflow.tracking.client:MlflowClient.log_artifact": (2,),
    "mlflow.tracking.client:MlflowClient.log_text": (3,),
    "mlflow.tracking.client:MlflowClient.set_tag": (2,),
    "mlflow.tracking.client:MlflowClient.set_terminated": (2,),
    "mlflow.tracking.client:MlflowClient.create_registered_model": (),
    "mlflow.tracking.client:MlflowClient.create_model_version": (),
    "mlflow.tracking.client:MlflowClient.set_registered_model_alias": (2,),
}
"""Function → positions of the arguments that tell one call of it from another."""
UNTOLD = re.compile(r"[0-9a-f]{8,}(-[0-9a-f]+)*")


def watch(target: list[Any] | None, record: str | None) -> None:
    """Watch this process's moments.

    Parameters
    ----------
    target
        A moment and how often it must have come: this process is then killed.
    record
        File that every moment is written to as a line.
    """
    came: Counter[str] = Counter()

    def reach(moment: str) -> None:
        came[moment] += 1
        if record:
            with Path(record).open("a", encoding="utf-8") as file:
                print(moment, file=file)
        if target and moment == target[0] and came[moment] == target[1]:
            os.kill(os.getpid(), signal.SIGKILL)

    for place, positions in WATCHED.items():
        module, _, name = place.partition(":")
        _watch(sys.modules[module], name, positions, reach)


def _watch(
    module: Any, name: str, positions: tuple[int, ...], reach: Callable[[str], None]
) -> None:
    """Put a watched function in the place of one, wherever it has been imported."""
    *owner, last = name.split(".")
    holder = getattr(module, owner[0]) if owner else module
    function = getattr(holder, last)

    @wraps(function)
    def watched(*arguments: Any, **options: Any) -> Any:
        given = [arguments[n] for n in positions if n < len(arguments)]
        moment = " ".join([name, *map(_told, given)])
        reach(f"before {moment}")
        result = function(*arguments, **options)
        reach(f"after {moment}")
        return result

    if owner:
        setattr(holder, last, watched)
        return
    for other in list(sys.modules.values()):
        if getattr(other, "__name__", "").startswith("pipeline") and (
            vars(other).get(last) is function
        ):
            setattr(other, last, watched)


def _told(value: Any) -> str:
    """Return an argument as a part of a moment's name."""
    text = str(getattr(value, "name", value))
    return UNTOLD.sub("…", text.rsplit("/", 1)[-1])
