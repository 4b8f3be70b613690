"""A network that can be asked: of a run, or one that comes with firmament."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from firmament.asked import settings_of
from pipeline.forecaster import forecaster
from pipeline.forecaster.universal import about, chosen

if TYPE_CHECKING:
    from pipeline.run.finished import Finished


class Forecaster(forecaster.Forecaster):
    """Forecasts growth of firms on the next sessions from a table of their recent growth.

    `forecast` takes `date symbol growth` (1/year) and gives a distribution a firm and session.

    Examples
    --------
    >>> import numpy as np
    >>> prices = read_prices("sample")  # doctest: +SKIP
    >>> close = prices.pivot(index="date", columns="symbol", values="adj_close")  # doctest: +SKIP
    >>> growth = (252 * np.log(close).diff()).reset_index()  # doctest: +SKIP
    >>> recent = growth.melt("date", value_name="growth")  # doctest: +SKIP
    >>> Forecaster.pretrained().forecast(recent)  # doctest: +SKIP
    """

    @classmethod
    def pretrained(cls, traded: bool = False, **settings: Any) -> Self:
        """Return the network that comes with firmament: nothing is trained.

        Parameters
        ----------
        traded
            Whether to take the one that also sees `range` and `volume`.
        **settings
            As of `firmament.run`: of `evaluate` the quantiles, of `ingest` the calendar.

        Raises
        ------
        ConfigError
            If the settings ask for what it cannot do.
        """
        asked = settings_of(**settings)
        found = chosen(asked, traded)
        return cls(found.network, about(asked, found))

    @classmethod
    def of(cls, run: Finished) -> Self:
        """Return the network of a run.

        Raises
        ------
        InputError
            If the run has trained none.
        """
        from pipeline.outputs import Grown, Trained

        network = run.made(Trained, "train", "train a network").network
        grown = run.made(Grown, "growth", "take growth rates")
        return cls(network, forecaster.About.of(run.settings, grown))
