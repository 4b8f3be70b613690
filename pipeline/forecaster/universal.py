"""A pretrained network as a forecaster of any firms: nothing is trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from pipeline.errors import ConfigError
from pipeline.features.view import MARKET
from pipeline.forecaster.forecaster import About, Forecaster, write
from pipeline.forecaster.recent import Recent
from pipeline.pretrained.pretrained import DEFAULT, INPUTS, Pretrained, load
from pipeline.settings.window import Window
from pipeline.words import plural

if TYPE_CHECKING:
    from pipeline.settings.settings import Settings

UNIVERSAL = "firmament-universal"
"""What it is called in MLflow's registry."""
COST = "0.4 %"
"""What a firm's forecasts lose by CRPS where nothing is known of a market; docs/pretrained.md."""


def chosen(settings: Settings, trading_told: bool) -> Pretrained:
    """Return the pretrained network that sees what the source tells.

    Raises
    ------
    ConfigError
        If the settings ask for what it cannot do.
    """
    if settings.model.name != DEFAULT:
        raise ConfigError(
            f"The pretrained network that forecasts is a {DEFAULT}, but model.name is "
            f"{settings.model.name}: leave it out, or train a network of your own (firmament run)."
        )
    if settings.window.features != Window().features:
        raise ConfigError(
            "The pretrained network has inputs of its own: leave window.features out, or train a "
            "network of your own (firmament run)."
        )
    traded = settings.window.with_trading(trading_told)
    if traded and not trading_told:
        raise ConfigError(
            "window.traded asks for the network that sees ranges and volumes, but the prices have "
            "not both: leave it out, or bring prices that have."
        )
    found = load(f"{DEFAULT}-{INPUTS[traded]}")
    horizon = settings.window.horizon
    if horizon != found.card.horizon:
        raise ConfigError(
            f"The pretrained network forecasts {found.card.horizon} session ahead, but "
            f"window.horizon is {horizon}: leave it out, or train a network of your own (firmament "
            "run)."
        )
    return found


def universal(settings: Settings, pretrained: Pretrained) -> Forecaster:
    """Return a forecaster that answers with a pretrained network.

    Parameters
    ----------
    settings
        Of which the calendar and the levels of quantiles are taken.
    pretrained
        The network.
    """
    return Forecaster(pretrained.network, about(settings, pretrained))


def about(settings: Settings, pretrained: Pretrained) -> About:
    """Return what a pretrained network is told as a forecaster; arguments as of `universal`."""
    card = pretrained.card
    return About(
        architecture=card.architecture,
        features=card.features,
        lookback=card.lookback - 1,  # so many sessions have one growth rate less
        horizon=card.horizon,
        quantiles=settings.evaluate.quantiles,
        calendar=settings.ingest.calendar,
    )


class Universal:
    """Both pretrained networks: which of them answers is told by the columns of the table.

    Parameters
    ----------
    forecasters
        One for each of `INPUTS`.
    """

    def __init__(self, forecasters: Mapping[str, Forecaster]) -> None:
        self.forecasters = forecasters

    @classmethod
    def load(cls, **files: Path) -> Universal:
        """Read both from the files that `written` made."""
        parts = ("network", "about")
        return cls(
            {
                inputs: Forecaster.load(*(files[f"{inputs}_{part}"] for part in parts))
                for inputs in INPUTS
            }
        )

    def forecast(
        self, recent: pd.DataFrame, quantiles: Sequence[float] | None = None
    ) -> pd.DataFrame:
        """Return what `Forecaster.forecast` does."""
        asked = Recent.read(recent)
        told = asked.ranges is not None and asked.volumes is not None
        return self.forecasters[INPUTS[told]].forecast(asked, quantiles)


def written(folder: Path, settings: Settings) -> dict[str, Path]:
    """Write the files of both forecasters into a folder, and return them by the names of `load`."""
    files: dict[str, Path] = {}
    for inputs in INPUTS:
        place = folder / inputs
        place.mkdir()
        found = load(f"{DEFAULT}-{inputs}")
        parts = write(place, found.network, about(settings, found))
        files |= {f"{inputs}_{part}": path for part, path in parts.items()}
    return files


def without_market(recent: Recent) -> str | None:
    """Say what forecasts lose where there are too few firms to tell a market by."""
    firms = len(recent.growth.columns)
    if firms >= MARKET:
        return None
    return (
        f"What the market does is unknown with {plural(firms, 'firm')}, which costs some {COST} of "
        f"CRPS: bring prices of {MARKET} firms or more, best of all that are traded together."
    )
