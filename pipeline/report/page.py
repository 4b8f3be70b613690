"""The report stage: one self-contained HTML page about a run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline import words
from pipeline.outputs import (
    Controlled,
    Embedded,
    Evaluated,
    Grown,
    Ingested,
    Reported,
    Studied,
    Trained,
    Windowed,
)
from pipeline.report import groups, peers, portfolios, sentences, similarity_study, tables
from pipeline.report.figures import (
    calibration,
    dendrogram,
    forecast,
    quality,
    similarity,
    spanning_tree,
    training,
)
from pipeline.report.sheet import Plots, sheet
from pipeline.settings.report import Report
from pipeline.similarity.asking import clusters, spanning
from pipeline.similarity.asking.peers import Peers
from pipeline.similarity.study.findings import Findings

TITLE = "Growth forecasts and firms that move alike"
PEERS = 3
"""Nearest peers that are listed for each firm."""
SECTIONS = {
    "scores": "Scores",
    "quality": "Data",
    "training": "Training",
    "forecasts": "Forecasts",
    "calibration": "Calibration",
    "similarity": "Similarity",
    "map": "Map",
    "clusters": "Clusters",
    "tree": "Tree",
    "peers": "Peers",
    "study": "Study",
}
Content = dict[str, Any]


def report(
    section: Report,
    facts: dict[str, str],
    ingested: Ingested,
    grown: Grown,
    windowed: Windowed,
    trained: Trained,
    evaluated: Evaluated,
    controlled: Controlled,
    embedded: Embedded,
    studied: Studied,
) -> Reported:
    """Write everything that a run found on one page that needs no other file.

    Parameters
    ----------
    section : Report
        How many firms and days are drawn.
    facts : dict of str to str
        Labels and values shown on top, such as source, dates, model and code version.
    ingested, grown, windowed, trained, evaluated, controlled, embedded, studied
        What the stages before made.

    Returns
    -------
    Reported
        The page. The same inputs give the same page, byte by byte.
    """
    firms = peers.named(embedded.firms)
    plots = Plots()
    content = {
        "title": TITLE,
        "facts": facts,
        "sections": SECTIONS,
        **_scores(evaluated, controlled, trained, windowed),
        **_data(ingested, grown, windowed, plots),
        **_training(trained, plots),
        **_forecasts(section, grown, windowed, evaluated, firms, plots),
        **_similar(embedded, firms, plots),
        **_study(studied),
    }
    return Reported(sheet("page.html.jinja", plots, content))


def _scores(
    evaluated: Evaluated, controlled: Controlled, trained: Trained, windowed: Windowed
) -> Content:
    """Say how well the network forecast, and what recurrence added to it."""
    scores, beside = evaluated.scores, controlled.beside
    left_out = scores.get("left_out") or 0
    return {
        "headline": [
            *sentences.headline(scores, trained.summary, windowed.fold.horizon),
            *sentences.beside_control(beside),
        ],
        "scores": tables.score_grid(scores, beside),
        "metrics": tables.RUN_SCORES,
        "horizons": tables.horizon_grid(scores.get("by_horizon") or []),
        "left_out": sentences.left_out(left_out),
    }


def _data(ingested: Ingested, grown: Grown, windowed: Windowed, plots: Plots) -> Content:
    """Say what the source gave and what quality control did."""
    found = ingested.quality
    plots.add(
        "quality",
        "coverage",
        quality.coverage(grown.growth, windowed.fold.spans(windowed.dates)),
        "Firms with a growth rate by day. Gaps stay gaps: they carry no weight in "
        "training and are not scored.",
    )
    return {
        "data": sentences.data(found, grown.basis),
        "rules": tables.rule_rows([rule for rule in found["rules"] if rule["count"]]),
        "clean": [rule["sentence"] for rule in found["rules"] if not rule["count"]],
        "quarantined": found["quarantined"],
        "quarantined_count": words.plural(len(found["quarantined"]), "firm"),
        "notes": [*found["notes"], *([grown.basis["note"]] if grown.basis["note"] else [])],
    }


def _training(trained: Trained, plots: Plots) -> Content:
    """Say how the network was fitted."""
    plots.add(
        "training",
        "losses",
        training.losses(trained.history, trained.summary["best_epoch"]),
        "Loss: mean −log density of growth in units of each firm's running "
        "volatility. The dotted line marks the epoch that validated best.",
    )
    plots.add(
        "training",
        "gradients",
        training.gradients(trained.history),
        "Norm of the gradient before clipping, and the share of steps on which it was clipped.",
    )
    plots.add(
        "training",
        "learning_rate",
        training.learning_rate(trained.history),
        "Learning rate of Adam.",
    )
    if not trained.gradient_flow.empty:
        plots.add(
            "training",
            "gradient_flow",
            training.gradient_flow(trained.gradient_flow),
            "How far back a day's loss reaches: the norm of its gradient with respect to the "
            "hidden state that many days before, the mean over some training sequences. Days "
            "where it has vanished teach the network nothing about the day of the loss.",
        )
    return {"training": sentences.training(trained.summary, trained.history)}


def _forecasts(
    section: Report,
    grown: Grown,
    windowed: Windowed,
    evaluated: Evaluated,
    firms: pd.DataFrame,
    plots: Plots,
) -> Content:
    """Show intervals of a few firms, and whether intervals hold what they promise."""
    ahead = evaluated.forecasts[evaluated.forecasts["horizon"] == 1]
    shown = forecast.spread_by_volatility(
        ahead, windowed.symbols, windowed.unit[:, windowed.fold.test[0]], section.firms
    )
    if shown:
        scale = f"{grown.basis['days_per_year'] / 100:.2f} per year is 1 % in a day."
        names = firms.set_index("symbol")["name"]
        plots.add(
            "forecasts",
            "intervals",
            forecast.intervals(
                ahead, {symbol: str(names.get(symbol, "")) for symbol in shown}, section.days
            ),
            "Growth one day ahead with its 50 % and 90 % intervals; days outside the "
            f"90 % interval in vermilion. {scale}",
        )
    calibrated = bool(evaluated.calibration["count"].sum())
    if calibrated:
        plots.add(
            "calibration",
            "pit",
            calibration.pit(evaluated.calibration),
            "Where growth fell in its forecast distribution (probability integral transform).",
        )
        plots.add(
            "calibration",
            "reached",
            calibration.reached(evaluated.calibration),
            "Share of growth inside a central interval, less the interval's nominal "
            "share; below zero the intervals are too narrow.",
        )
    return {
        "shown": sentences.shown(len(shown), ahead["symbol"].nunique(), section.days),
        "calibrated": calibrated,
    }


def _similar(embedded: Embedded, firms: pd.DataFrame, plots: Plots) -> Content:
    """Show which firms move alike, beside the classical measures."""
    asked = Peers(embedded)
    learned = asked.matrix()
    near = peers.nearest(learned, asked.matrix(measure="pearson"), PEERS)
    sectors = firms.set_index("symbol")["sector"]
    joined = clusters.tree(learned.to_numpy())
    order = clusters.order(joined)
    plots.add(
        "similarity",
        "heat_map",
        similarity.heat_map(learned.iloc[order, order], sectors),
        "Similarity of each pair, ordered by hierarchical clustering; the strip on "
        "the left shows sectors, coloured as on the map below. Drag to zoom, "
        "double-click to return.",
        square=True,
    )
    places = pd.DataFrame(clusters.map_2d(learned.to_numpy()), learned.index, ["x", "y"])
    plots.add(
        "map",
        "firm_map",
        similarity.firm_map(places, firms, peers.peers_in_words(near)),
        "Hover over a firm for its nearest peers. Distances on a plane are a rough "
        "picture of the similarities above.",
    )
    return {
        "similarity": sentences.similarity(asked.span(), near),
        "remarks": sentences.remarks(firms),
        "peers": peers.peer_rows(firms, near, PEERS),
        **_groups(learned, joined, firms, plots),
    }


def _study(studied: Studied) -> Content:
    """Say whether the similarity can be believed, and what it goes with."""
    if studied.figures.empty:
        return {"study": None, "study_sentences": studied.summary["sentences"]}
    found = Findings(
        studied.figures.set_index("measure"),
        studied.differences,
        studied.associations,
        studied.summary,
    )
    section = similarity_study.study_section(found)
    return {
        "study": section,
        "study_sentences": section.sentences,
        **_portfolios(studied),
    }


def _portfolios(studied: Studied) -> Content:
    """Show what portfolios by similarity came to."""
    held = studied.summary["portfolios"]
    if studied.portfolios.empty:
        return {"portfolios": None, "held": [held["reason"]]}
    return {
        "portfolios": portfolios.portfolio_grid(studied.portfolios),
        "held": portfolios.portfolios_in_words(studied.portfolios, held),
    }


def _groups(
    learned: pd.DataFrame, joined: NDArray[np.float64], firms: pd.DataFrame, plots: Plots
) -> Content:
    """Show clusters of firms, and the tree of the strongest similarities."""
    scores = learned.to_numpy()
    judged = clusters.silhouettes(scores, joined)
    labels = clusters.labels(joined, clusters.best_count(judged))
    plots.add(
        "clusters",
        "dendrogram",
        dendrogram.dendrogram(joined, labels, firms),
        "Firms joined one by one, the most similar first (Ward’s linkage of the "
        "distances √(2 (1 − score))). Branches within a cluster are blue, with its "
        "number where they leave the others. Hover over a joint for its firms.",
    )
    edges = spanning.edges(scores)
    plots.add(
        "tree",
        "spanning_tree",
        spanning_tree.spanning_tree(learned, edges, firms),
        "The larger a firm, the more neighbours it has. Hover over a firm for its "
        "neighbours, or over the middle of an edge for its score; drag to zoom, "
        "double-click to return. Only which firms are joined means something, not "
        "where they stand.",
    )
    return {
        "clusters": groups.clusters_in_words(judged, labels, firms),
        "cluster_grid": groups.cluster_grid(scores, labels, firms),
        "hubs": groups.hubs_in_words(scores, edges, firms),
    }
