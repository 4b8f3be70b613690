"""What is said of any firms without a run: prices in, forecasts or peers out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from models.backend import import_keras
from pipeline.outputs import Embedded, Grown, Ingested, Json
from pipeline.pretrained.pretrained import DEFAULT, INPUTS, load
from pipeline.run.flow import Flow
from pipeline.run.plan import Plan
from pipeline.run.ready import check_ready
from pipeline.settings.settings import Settings
from pipeline.watch import Watch

if TYPE_CHECKING:
    from pipeline.similarity.asking.peers import Peers


COMOVEMENT = "co-movement"
"""What the networks that tell who is alike are called."""


@dataclass(frozen=True)
class ZeroShot:
    """What a pretrained network says of the next session of firms."""

    record: dict[str, Any]
    """`source model date seen_to` and `price`, what growth was taken on."""
    forecasts: pd.DataFrame
    """As `Foreseen.forecasts`."""
    growth: dict[str, Any]
    """How growth was taken, as `section.key` of the section `growth`."""
    check: Json | None
    """As `pipeline.forecaster.check.check` returns it; None: not asked for."""


def zero_shot(plan: Plan, settings: Settings, watch: Watch, *, check: bool) -> ZeroShot:
    """Forecast the session after the last day of a source, with nothing trained.

    Firms are served that have as many prices as the network's lookback; what a run of its own
    would set apart as too short is enough here.

    Parameters
    ----------
    plan
        Of which the stages up to `growth` are made, or reused.
    settings
        Source, rules, calendar, quantiles.
    watch
        Told what is found.
    check
        Whether the network is judged on the last sessions, too.

    Raises
    ------
    FirmamentError
        Where prices or settings are refused.
    """
    from pipeline.forecaster.recent import Recent
    from pipeline.forecaster.universal import chosen, universal, without_market

    check_ready(settings, watch, tracked=False)
    flow = Flow(plan, _lenient(settings), watch)
    with flow.store.shared():
        flow.reach("growth")
        grown, quality = flow.made(Grown), flow.made(Ingested).quality
    pretrained = chosen(settings, grown.trading_told)
    recent = Recent.of(grown, pretrained.card.lookback)
    alone = without_market(recent)
    if alone:
        watch.note(alone)
    import_keras()
    forecaster = universal(settings, pretrained)
    answer = forecaster.forecast(recent)
    judged = None
    if check:
        from pipeline.forecaster.check import check as judge

        judged = judge(pretrained, forecaster.network, grown, settings.evaluate)
    return ZeroShot(
        record={
            "source": flow.source.name,
            "model": f"pretrained {pretrained.card.architecture}",
            "date": quality["last"],
            "seen_to": str(pretrained.card.seen_to),
            "price": grown.basis["used"],
        },
        forecasts=answer.dropna(subset="scale").reset_index(drop=True),
        growth=settings.growth.model_dump(mode="json"),
        check=judged,
    )


def peers(plan: Plan, settings: Settings, watch: Watch) -> Peers:
    """Compare the firms of a source; no network is trained but those that tell who is alike.

    Arguments and errors as of `zero_shot`.
    """
    from pipeline.similarity.asking.peers import Peers

    check_ready(settings, watch, tracked=False)
    flow = Flow(plan, settings, watch)
    with flow.store.shared():
        flow.reach("embed")
        quality = flow.made(Ingested).quality
    return Peers(
        flow.made(Embedded),
        record={
            "run_id": None,
            "source": flow.source.name,
            "model": COMOVEMENT,
            "date": quality["last"],
        },
    )


def _lenient(settings: Settings) -> Settings:
    """Return settings under which one firm is enough, of as many prices as a network looks back."""
    ingest = settings.ingest
    least = min(ingest.quality.min_days, load(f"{DEFAULT}-{INPUTS[0]}").card.lookback)
    quality = ingest.quality.model_copy(update={"min_days": least})
    update = {"quality": quality, "min_firms": 1}
    return settings.model_copy(update={"ingest": ingest.model_copy(update=update)})
