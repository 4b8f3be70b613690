"""The report stage: one self-contained HTML page about a run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline import words
from pipeline.outputs import (
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
from pipeline.report.sheet import Figures, sheet
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
    ingested, grown, windowed, trained, evaluated, embedded, studied
        What the stages before made.

    Returns
    -------
    Reported
        The page. The same inputs give the same page, byte by byte.
    """
    firms = peers.named(embedded.firms)
    figures: Figures = {}
    content = {
        "title": TITLE,
        "facts": facts,
        "sections": SECTIONS,
        **_scores(evaluated, trained, windowed),
        **_data(ingested, grown, windowed, figures),
        **_training(trained, figures),
        **_forecasts(section, grown, windowed, evaluated, firms, figures),
        **_similar(embedded, firms, figures),
        **_study(studied),
    }
    return Reported(sheet("page.html.jinja", figures, content))


def _scores(evaluated: Evaluated, trained: Trained, windowed: Windowed) -> Content:
    """Say how well the network forecast."""
    scores = evaluated.scores
    left_out = scores.get("left_out") or 0
    return {
        "headline": sentences.headline(scores, trained.summary, windowed.fold.horizon),
        "scores": tables.score_grid(scores),
        "metrics": tables.RUN_SCORES,
        "horizons": tables.horizon_grid(scores.get("by_horizon") or []),
        "left_out": sentences.left_out(left_out),
    }


def _data(ingested: Ingested, grown: Grown, windowed: Windowed, figures: Figures) -> Content:
    """Say what the source gave and what quality control did."""
    found = ingested.quality
    figures["coverage"] = quality.coverage(grown.growth, windowed.fold.spans(windowed.dates))
    return {
        "data": sentences.data(found, grown.basis),
        "rules": tables.rule_rows([rule for rule in found["rules"] if rule["count"]]),
        "clean": [rule["sentence"] for rule in found["rules"] if not rule["count"]],
        "quarantined": found["quarantined"],
        "quarantined_count": words.plural(len(found["quarantined"]), "firm"),
        "notes": [*found["notes"], *([grown.basis["note"]] if grown.basis["note"] else [])],
    }


def _training(trained: Trained, figures: Figures) -> Content:
    """Say how the network was fitted."""
    figures["losses"] = training.losses(trained.history, trained.summary["best_epoch"])
    figures["gradients"] = training.gradients(trained.history)
    figures["learning_rate"] = training.learning_rate(trained.history)
    return {"training": sentences.training(trained.summary, trained.history)}


def _forecasts(
    section: Report,
    grown: Grown,
    windowed: Windowed,
    evaluated: Evaluated,
    firms: pd.DataFrame,
    figures: Figures,
) -> Content:
    """Show intervals of a few firms, and whether intervals hold what they promise."""
    ahead = evaluated.forecasts[evaluated.forecasts["horizon"] == 1]
    shown = forecast.spread_by_volatility(
        ahead, windowed.symbols, windowed.unit[:, windowed.fold.test[0]], section.firms
    )
    if shown:
        names = firms.set_index("symbol")["name"]
        figures["intervals"] = forecast.intervals(
            ahead, {symbol: str(names.get(symbol, "")) for symbol in shown}, section.days
        )
    calibrated = bool(evaluated.calibration["count"].sum())
    if calibrated:
        figures["pit"] = calibration.pit(evaluated.calibration)
        figures["reached"] = calibration.reached(evaluated.calibration)
    days = grown.basis["days_per_year"]
    return {
        "shown": sentences.shown(len(shown), ahead["symbol"].nunique(), section.days),
        "scale": f"{days / 100:.2f} per year is 1 % in a day.",
        "calibrated": calibrated,
    }


def _similar(embedded: Embedded, firms: pd.DataFrame, figures: Figures) -> Content:
    """Show which firms move alike, beside the classical measures."""
    asked = Peers(embedded)
    learned = asked.matrix()
    near = peers.nearest(learned, asked.matrix(measure="pearson"), PEERS)
    sectors = firms.set_index("symbol")["sector"]
    joined = clusters.tree(learned.to_numpy())
    order = clusters.order(joined)
    figures["heat_map"] = similarity.heat_map(learned.iloc[order, order], sectors)
    places = pd.DataFrame(clusters.map_2d(learned.to_numpy()), learned.index, ["x", "y"])
    figures["firm_map"] = similarity.firm_map(places, firms, peers.peers_in_words(near))
    return {
        "similarity": sentences.similarity(asked.span(), near),
        "remarks": sentences.remarks(firms),
        "peers": peers.peer_rows(firms, near, PEERS),
        **_groups(learned, joined, firms, figures),
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
    learned: pd.DataFrame, joined: NDArray[np.float64], firms: pd.DataFrame, figures: Figures
) -> Content:
    """Show clusters of firms, and the tree of the strongest similarities."""
    scores = learned.to_numpy()
    judged = clusters.silhouettes(scores, joined)
    labels = clusters.labels(joined, clusters.best_count(judged))
    figures["dendrogram"] = dendrogram.dendrogram(joined, labels, firms)
    edges = spanning.edges(scores)
    figures["spanning_tree"] = spanning_tree.spanning_tree(learned, edges, firms)
    return {
        "clusters": groups.clusters_in_words(judged, labels, firms),
        "cluster_grid": groups.cluster_grid(scores, labels, firms),
        "hubs": groups.hubs_in_words(scores, edges, firms),
    }
