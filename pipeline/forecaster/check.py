"""How a pretrained network did on the last sessions of firms, beside baselines fitted to them."""

from __future__ import annotations

from typing import Any

import pandas as pd

from pipeline.evaluation.baselines import BASELINES
from pipeline.evaluation.beside import beside
from pipeline.evaluation.earned import defined, marked
from pipeline.evaluation.forecasts import firm_days, forecast_table, network_forecast
from pipeline.evaluation.foretell import given_of
from pipeline.outputs import Fold, Grown, Json
from pipeline.panel.windows import window_on
from pipeline.pretrained.pretrained import Pretrained
from pipeline.settings.evaluate import Evaluate
from pipeline.training.predict import forecast
from pipeline.watch import Silence
from pipeline.words import plural

SESSIONS = 250
"""That are looked back on."""
FITTED = 250
"""Sessions before them that baselines need to be fitted to."""
FEWEST = 20
"""Sessions that tell anything."""
BESIDE = ("ewma_volatility", "garch")
"""Baselines that it is judged beside, fitted to each firm's growth before the checked sessions."""


def check(pretrained: Pretrained, network: Any, grown: Grown, section: Evaluate) -> Json:
    """Judge a pretrained network on the last sessions, which it has not seen.

    Parameters
    ----------
    pretrained
        Its card says up to which day it has seen growth.
    network
        The same, loaded.
    grown
        Growth of the firms.
    section
        Settings of the baselines.

    Returns
    -------
    dict
        `sessions first last forecasts crps in_90`, of each baseline its `crps_over_NAME` with the
        ends `…_low` and `…_high` of the 95 % interval and the test `dm_p_NAME`; `firms`, a list of
        {symbol, crps_over_NAME …}; and `fallbacks`, how many firms each baseline could not be
        fitted to, so that something plainer stands in. Where it cannot be judged, only `reason`.
    """
    card, dates = pretrained.card, grown.growth.index
    unseen = int((dates <= pd.Timestamp(card.seen_to)).sum())
    first = max(len(dates) - SESSIONS, unseen, FITTED + card.lookback)
    if len(dates) - first < FEWEST:
        return {"reason": _reason(len(dates), unseen, pretrained)}
    none, last = (first - 1, first - 1), len(dates) - 1
    fold = Fold((card.lookback - 1, first - 1), none, (first - 1, last), 1, card.lookback)
    windowed = window_on(grown, card.features, fold)
    given = given_of(section, windowed, grown)
    days = firm_days(given.growth, range(*fold.test), fold.horizon, fold.lookback)
    if not len(days.growth):
        return {"reason": "no firm has enough growth rates before them"}
    raw = forecast(network, windowed, fold.test, watch=Silence())
    said = {"network": network_forecast(raw, fold.test[0], days, windowed.unit)}
    foretold = {name: BASELINES[name](given, days) for name in BESIDE}
    said |= {name: each.forecast for name, each in foretold.items()}
    tables = {name: forecast_table(each, days, grown.growth) for name, each in said.items()}
    earned = {name: marked(table.assign(growth=days.growth)) for name, table in tables.items()}
    fallbacks = {name: each.fallbacks for name, each in foretold.items()}
    return {**_told(earned), "fallbacks": fallbacks}


def _told(earned: dict[str, pd.DataFrame]) -> Json:
    """Return the figures of what the network and the baselines earned."""
    own = earned["network"]
    found = {
        "crps": float(own["crps"].mean()),
        "in_90": float(own["pit"].between(0.05, 0.95).mean()),
    }
    firms = {}
    for name in BESIDE:
        ratio = f"crps_over_{name}"
        found |= beside(own, earned[name]).told(ratio, f"dm_p_{name}")
        means = [table.groupby("symbol")["crps"].mean() for table in (own, earned[name])]
        firms[ratio] = means[0] / means[1]
    return {
        "sessions": int(own["date"].nunique()),
        "first": f"{own['date'].min():%Y-%m-%d}",
        "last": f"{own['date'].max():%Y-%m-%d}",
        "forecasts": len(own),
        **defined(found),
        "firms": pd.DataFrame(firms).rename_axis("symbol").reset_index().to_dict("records"),
    }


def _reason(sessions: int, unseen: int, pretrained: Pretrained) -> str:
    """Say why nothing can be judged."""
    seen = pretrained.card.seen_to
    after = max(0, sessions - unseen)
    if after < FEWEST:
        return (
            f"the network has seen the days up to {seen}, whichever firms they are of, and only "
            f"{plural(after, 'session')} came after"
        )
    least = FITTED + pretrained.card.lookback + FEWEST
    return (
        f"{plural(sessions, 'session')} of growth are too few to fit baselines to and judge them "
        f"by: bring {least} or more"
    )
