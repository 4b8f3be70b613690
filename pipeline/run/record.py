"""What a run is said to be: the same names of parameters, metrics and artifacts every time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from models.catalogue import ARCHITECTURES
from pipeline.evaluation.columns import BY_KEY, COLUMNS
from pipeline.evaluation.rows import JOINED
from pipeline.outputs import Controlled, Evaluated, Grown, Ingested, Studied, Trained, Windowed
from pipeline.run.datasets import TEST, TRAINING, VALIDATION, datasets
from pipeline.run.model_card import model_card, scores_table
from pipeline.settings.explain import explain, flatten
from pipeline.settings.settings import Settings
from pipeline.tracking import FINGERPRINT, NOTE, Tracker, code_version

if TYPE_CHECKING:
    from pipeline.run.flow import Flow

SCORES = tuple(score.key for score in COLUMNS if score.run)
"""Scores that are logged of the network (`test/…`) and of every baseline (`test_NAME/…`)."""
BESIDE_BEST = ("crps_over_best", *BY_KEY["crps_over_best_interval"].logged, "dm_p")
"""What is logged of the network beside the best baseline."""
BESIDE_CONTROL = tuple(name for score in COLUMNS if "control" in score.key for name in score.logged)
"""What is logged of the network beside the control."""
LAGS = (0, 1, 2, 5, 10, 20, 40, 80, 160, 320)
"""Lags (days) whose gradient flow is logged as a curve by epoch, as far as sequences go."""
LOSSES = {TRAINING: ("train/loss",), VALIDATION: ("valid/loss", "valid/crps")}
"""Context of a dataset → what is told of it by epoch."""
PLACES = ("data_root", "mirror_root", "tracking_uri", "log", "system_metrics")
"""Settings that say where and how it is told, not what: they are no parameters of a run."""


def experiment(flow: Flow) -> str:
    """Return the experiment of a run: one a source and date range."""
    quality = flow.made(Ingested).quality
    return f"{flow.source.name} {quality['first']} to {quality['last']}"


def identity(flow: Flow) -> str:
    """Return the fingerprint that a run goes by: that of the last stage, which needs the others."""
    return flow.fingerprints[flow.plan.last.name]


def name(settings: Settings) -> str:
    """Return a run's name, short enough for the UI's lists."""
    model = settings.model
    kind = f"{model.name}({model.cell})" if ARCHITECTURES[model.name].composed else model.name
    return f"{kind} {model.units} seed {settings.train.seed}"


def parameters(settings: Settings) -> dict[str, Any]:
    """Return every setting that a result may depend on as `section.key` → value."""
    yahoo = settings.source.startswith("yahoo")
    return {
        key: value
        for key, value in flatten(settings).items()
        if key not in PLACES
        and not key.startswith(("compare.", "daily.", "drift."))
        and (yahoo or not key.startswith("yahoo."))
    }


def tags(flow: Flow) -> dict[str, str]:
    """Return the tags by which runs are found and filtered."""
    settings = flow.settings
    return {
        "architecture": settings.model.name,
        "source": flow.source.name,
        FINGERPRINT: identity(flow),
        **code_version(),
    }


def write(flow: Flow, tracker: Tracker) -> None:
    """Log the outputs of all stages: network, curves, scores, quality, tables and report.

    The network comes first: numbers that are logged after it are linked to it.
    """
    for stage in sorted(flow.plan, key=lambda stage: stage.makes is not Trained):
        if stage.record:
            stage.record(flow, tracker)
        files = [flow.folder(stage.name) / file for file in stage.tables]
        if files:
            tracker.artifacts(files, f"tables/{stage.name}")
    noted = {name: flow.about(name).get("seconds") for name in flow.stages}
    tracker.metrics({f"seconds/{name}": took for name, took in noted.items() if took is not None})
    tracker.text(explain(flow.settings), "config.yaml")


def quality(flow: Flow, tracker: Tracker) -> None:
    """Log how many firms are kept, and the faults that were found."""
    found = flow.made(Ingested).quality
    counts = {f"quality/{rule['rule']}": rule["count"] for rule in found["rules"]}
    kept = {"firms_kept": found["firms_kept"], "quarantined": len(found["quarantined"])}
    tracker.metrics({**{f"quality/{name}": count for name, count in kept.items()}, **counts})


def basis(flow: Flow, tracker: Tracker) -> None:
    """Log what growth was taken on, and whether networks see trading."""
    grown = flow.made(Grown)
    seen = "yes" if flow.settings.window.with_trading(grown.trading_told) else "no"
    tracker.tag({"price": grown.basis["used"], "traded": seen})


def network(flow: Flow, tracker: Tracker) -> None:
    """Log the network at its best epoch, with its card, its curves and its size."""
    trained, control = flow.made(Trained), flow.made(Controlled).beside
    if flow.stages["train"]["reused"]:
        curves(trained.history, tracker)
    gradient_flow(trained.gradient_flow, tracker)
    logged_network(flow, tracker, model_card(flow, control))
    best = int(trained.summary["best_epoch"])
    size = trained.summary["parameters"]
    tracker.metrics({"train/parameters": size, "train/best_epoch": best})
    start(trained.summary, tracker)


def logged_network(flow: Flow, tracker: Tracker, card: str) -> None:
    """Log a network, and link the losses of its best epoch to it and to the days they are of.

    The curves of its training have to be logged.
    """
    trained, windowed = flow.made(Trained), flow.made(Windowed)
    best = int(trained.summary["best_epoch"])
    lookback = windowed.fold.lookback
    example = np.ascontiguousarray(windowed.features[:1, -lookback:])
    tracker.network(trained.network, example, parameters(flow.settings), best, card)
    parts = datasets(flow)
    for context, names in LOSSES.items():
        tracker.link(names, best, parts[context])


def start(summary: Mapping[str, Any], tracker: Tracker) -> None:
    """Log what a network was trained from, and how each start validated."""
    tracker.tag({"start": summary.get("start", "fresh")})  # trainings of before were all fresh
    if summary.get("pretrained"):
        told = {"pretrained": summary["pretrained"], "pretrained_to": summary["pretrained_to"]}
        tracker.tag(told)
    for name, scores in summary.get("starts", {}).items():
        tracker.metrics({f"start_{name.replace('-', '_')}/{key}": scores[key] for key in scores})


def evaluation(flow: Flow, tracker: Tracker) -> None:
    """Log the scores, and the description that the UI shows of a run."""
    found, control = flow.made(Evaluated).scores, flow.made(Controlled).beside
    tracker.metrics(scores(found), on=datasets(flow)[TEST])
    tracker.tag({NOTE: _note(found, control)})


def control(flow: Flow, tracker: Tracker) -> None:
    """Log the control's scores, and how the network stands beside it."""
    told = beside_control(flow.made(Controlled))
    tracker.metrics(told, on=datasets(flow)[TEST])


def similarity(flow: Flow, tracker: Tracker) -> None:
    """Log what the learned measure of similarity and the best classical one reach."""
    tracker.metrics(similarities(flow.made(Studied)))


def page(flow: Flow, tracker: Tracker) -> None:
    """Log the report."""
    tracker.artifacts([flow.folder("report") / "page.html"], "report")


def curves(history: pd.DataFrame, tracker: Tracker) -> None:
    """Log the epochs of a training that is over, as `Trained.history` has them."""
    rows = history[history["epoch"] > 0].astype(float).to_dict("records")
    tracker.epochs({int(row.pop("epoch")): {str(k): v for k, v in row.items()} for row in rows})


def gradient_flow(table: pd.DataFrame, tracker: Tracker) -> None:
    """Log how far gradients reach, as `Trained.gradient_flow` has it: some lags by epoch."""
    if table.empty:
        return
    logged = table[table["lag"].isin(LAGS)].pivot_table("norm", "epoch", "lag")
    rows = zip(logged.index.to_list(), logged.to_dict("records"), strict=True)
    tracker.course(
        {epoch: {f"gradient_flow/lag_{lag}": v for lag, v in row.items()} for epoch, row in rows}
    )


def scores(tree: Mapping[str, Any]) -> dict[str, float | None]:
    """Return the scores under the names they have in MLflow."""
    flat = {f"test/{key}": tree.get(key) for key in SCORES}
    for baseline, values in tree["baselines"].items():
        flat |= {f"test_{baseline}/{key}": values.get(key) for key in SCORES if key != "crps_skill"}
    flat |= {f"test/{key}": tree.get(key) for key in BESIDE_BEST}
    joined = tree.get("joined") or {}
    flat |= {f"test_{JOINED}/{key}": joined[key] for key in SCORES if key in joined}
    if len(tree["by_horizon"]) > 1:
        for row in tree["by_horizon"]:
            flat |= {f"test_day_{row['horizon']}/{key}": row.get(key) for key in SCORES}
    return flat


def beside_control(controlled: Controlled) -> dict[str, float | None]:
    """Return what is told of a control under the names it has in MLflow."""
    told = controlled.beside
    if not told:
        return {}
    own = {f"test_{told['name']}/{key}": told.get(key) for key in SCORES if key != "crps_skill"}
    return own | {f"test/{key}": told[key] for key in BESIDE_CONTROL}


def similarities(studied: Studied) -> dict[str, float | None]:
    """Return the figures of a study under the names they have in MLflow."""
    if studied.figures.empty:
        return {}
    learned = studied.figures.set_index("measure").iloc[0]
    flat: dict[str, float | None] = {
        f"similarity/{key}": float(value) for key, value in learned.dropna().items()
    }
    classical = studied.differences.set_index("figure")["classical"]
    beside = {f"similarity_classical/{key}": float(value) for key, value in classical.items()}
    return flat | beside


def _note(tree: Mapping[str, Any], control: Mapping[str, Any]) -> str:
    """Return the description that the UI shows of a run."""
    return (
        f"Test forecasts of {tree['firms']} firms, {tree['first']} to {tree['last']}; growth in "
        f"1/year.\n\n{scores_table(dict(tree), dict(control))}"
    )
