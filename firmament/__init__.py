"""firmament in Python: prices in, forecasts, peers and reports out, as DataFrames.

Every name is loaded when it is first used, so that `import firmament` takes no time.

Examples
--------
>>> import firmament
>>> prices = firmament.read_prices("sample")
>>> run = firmament.run(prices)  # doctest: +SKIP
>>> run.peers().similar("AAPL", top=3)  # doctest: +SKIP
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from pipeline import __version__ as __version__

if TYPE_CHECKING:
    from firmament.comparisons import compare as compare
    from firmament.forecasters import Forecaster as Forecaster
    from firmament.prices import read_prices as read_prices
    from firmament.runs import load_run as load_run
    from firmament.runs import run as run
    from firmament.studies import study as study
    from pipeline.evaluation.mlflow_metrics import mlflow_metrics as mlflow_metrics
    from pipeline.similarity.asking.peers import Peers as Peers

_HOMES = {
    "run": "firmament.runs",
    "compare": "firmament.comparisons",
    "Peers": "pipeline.similarity.asking.peers",
    "Forecaster": "firmament.forecasters",
    "study": "firmament.studies",
    "load_run": "firmament.runs",
    "read_prices": "firmament.prices",
    "mlflow_metrics": "pipeline.evaluation.mlflow_metrics",
}
"""Public name → the module that has it."""
__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    """Load a public name."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
