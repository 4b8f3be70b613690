"""A pretrained network as a forecaster of any firms: nothing is trained."""

from __future__ import annotations

from pipeline.errors import ConfigError
from pipeline.features.view import MARKET
from pipeline.forecaster.forecaster import About, Forecaster
from pipeline.outputs import Grown
from pipeline.pretrained.pretrained import DEFAULT, INPUTS, Pretrained, load
from pipeline.settings.settings import Settings
from pipeline.words import plural

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
    found = load(f"{DEFAULT}-{INPUTS[settings.window.with_trading(trading_told)]}")
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
    card = pretrained.card
    about = About(
        architecture=card.architecture,
        features=card.features,
        lookback=card.lookback - 1,  # so many sessions have one growth rate less
        horizon=card.horizon,
        quantiles=settings.evaluate.quantiles,
        calendar=settings.ingest.calendar,
    )
    return Forecaster(pretrained.network, about)


def without_market(grown: Grown) -> str | None:
    """Say what forecasts lose where there are too few firms to tell a market by."""
    firms = len(grown.growth.columns)
    if firms >= MARKET:
        return None
    return (
        f"What the market does is unknown with {plural(firms, 'firm')}, which costs some {COST} of "
        f"CRPS: bring prices of {MARKET} firms or more, best of all that are traded together."
    )
