"""The page stands alone, is the same every time, and says what the stages found."""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
import simulated
from reader import Reader, asks_nothing, read

from pipeline.evaluation.titles import model_title
from pipeline.report import sentences
from pipeline.settings.report import Report

SECTIONS = [
    "scores",
    "quality",
    "training",
    "forecasts",
    "calibration",
    "similarity",
    "map",
    "clusters",
    "tree",
    "peers",
    "study",
]
EVIL = "<script>alert('firm')</script>"


@pytest.fixture(scope="module")
def reader(page: str) -> Reader:
    return read(page)


def test_the_page_is_well_formed(reader: Reader) -> None:
    assert reader.open == []
    assert [attrs["id"] for tag, attrs in reader.tags if tag == "section"] == SECTIONS
    names = [attrs["id"] for _, attrs in reader.tags if "id" in attrs]
    assert len(names) == len(set(names))
    links = [str(attrs["href"]) for tag, attrs in reader.tags if tag == "a"]
    assert links == [f"#{name}" for name in SECTIONS]


def test_the_page_asks_nothing_of_the_network(reader: Reader) -> None:
    asks_nothing(reader)


def test_the_same_run_gives_the_same_bytes(three: simulated.Run) -> None:
    assert simulated.run(firms=3, days=300, horizon=3).report().page == three.report().page


def test_facts_are_on_top(reader: Reader) -> None:
    top = reader.by_section[""]
    for label, value in simulated.FACTS.items():
        assert label in top and value in top


def test_the_headline_has_the_numbers(whole: simulated.Run, reader: Reader) -> None:
    scores, top = whole.evaluated.scores, reader.by_section[""]
    assert f"{scores['forecasts']:,} forecasts" in top
    assert f"{scores['firms']} firms" in top
    share = f"{100 * (1.0 - scores['crps_over_best']):.2f} % (95 % interval".replace("-", "−")
    assert f"the best baseline, {model_title(scores['best_baseline'])}: {share}" in top
    assert f"{100 * scores['coverage_90']:.1f} %" in top


def test_scores_are_those_of_the_evaluation(whole: simulated.Run, reader: Reader) -> None:
    text, scores = reader.by_section["scores"], whole.evaluated.scores
    for model in (scores, *scores["baselines"].values()):
        for name in ("crps", "log_score", "mae", "rmse"):
            assert f"{model[name]:.3f}" in text


def test_what_recurrence_adds_is_on_top_and_the_control_among_the_scores(
    whole: simulated.Run, reader: Reader
) -> None:
    beside = whole.controlled.beside
    assert f"{beside['crps']:.3f}" in reader.by_section["scores"]
    assert "linear" in reader.by_section["scores"]
    (said,) = sentences.beside_control(beside)
    assert said.startswith("Beside linear, the same inputs without recurrence: ")
    assert said in reader.by_section[""]
    assert sentences.beside_control({}) == []


def test_quality_is_told_rule_by_rule(reader: Reader) -> None:
    text = reader.by_section["quality"]
    for rule in simulated.RULES:
        assert rule["sentence"] in text
    assert "F01 2015-02-03: close 0; F02 2015-02-04: close -1" in text
    for symbol, reason in simulated.QUARANTINED.items():
        assert symbol in text and reason in text
    assert "A note of the source." in text


def test_training_is_told(whole: simulated.Run, reader: Reader) -> None:
    text = reader.by_section["training"]
    best = whole.trained.summary["best_epoch"]
    loss = whole.trained.history.set_index("epoch").loc[best, "valid_loss"]
    assert "3,651 parameters" in text and f"epoch {best} (" in text and f"{loss:.4f}" in text
    assert f"fitted anew, to training and validation days, for {best} epochs." in text
    summary = {**whole.trained.summary, "refit": False}
    sentence = sentences.training(summary, whole.trained.history)[0]
    assert sentence.endswith(f"epoch {best} were kept, whose validation loss was {loss:.4f}.")
    assert "anew" not in sentence
    assert "How far back a day" in text


def test_every_firm_has_its_peers(whole: simulated.Run, reader: Reader) -> None:
    from pipeline.similarity.asking.peers import Peers

    text = reader.by_section["peers"]
    for symbol in whole.embedded.firms["symbol"]:
        nearest = Peers(whole.embedded).similar(symbol, top=1).iloc[0]
        row = text[text.index(f"{symbol} Firm {symbol}") :]
        assert re.search(r"F\d\d -?[−\d.]+ \(\d+\)", row).group() == (
            f"{nearest['symbol']} {nearest['score']:.2f} ({nearest['pearson_rank']})"
        )


def test_every_figure_is_drawn(reader: Reader) -> None:
    drawn = [attrs["id"] for _, attrs in reader.tags if attrs.get("class") == "plotly-graph-div"]
    assert drawn == [
        "figure-coverage",
        "figure-losses",
        "figure-gradients",
        "figure-learning-rate",
        "figure-gradient-flow",
        "figure-intervals",
        "figure-pit",
        "figure-reached",
        "figure-heat-map",
        "figure-firm-map",
        "figure-dendrogram",
        "figure-spanning-tree",
    ]


def test_clusters_are_the_planted_groups(reader: Reader) -> None:
    text = reader.by_section["clusters"]
    assert "The tree is cut into 3 clusters of 4 firms each" in text
    assert "100 % of the firms with a known sector" in text
    for group in range(3):
        assert f"Group {group}" in text


def test_the_tree_says_who_its_hubs_are(reader: Reader) -> None:
    text = reader.by_section["tree"]
    assert "Of its 11 edges between firms with a known sector, 82 % join two of the same" in text


def test_names_from_users_files_are_escaped(three: simulated.Run) -> None:
    run = deepcopy(three)
    run.embedded.firms.loc[:, ["name", "sector"]] = EVIL
    run.ingested.quality["quarantined"] = {EVIL: EVIL}
    run.ingested.quality["notes"] = [EVIL]
    run.ingested.quality["rules"][1:] = [dict(simulated.RULES[1], examples=[EVIL])]
    page = run.report().page
    assert "<script>alert" not in page
    assert read(page).open == []
    # plotly decodes its JSON and reads a part of HTML in labels: the name must be text there too.
    assert "\\u003cscript" not in page
    assert EVIL in read(page).by_section["peers"]


def test_three_firms_suffice_and_several_days_ahead_have_their_table(three: simulated.Run) -> None:
    page = three.report().page
    sections = read(page).by_section
    assert "1 to 3 days ahead" in sections[""]
    for scores in three.evaluated.scores["by_horizon"]:
        assert f"{scores['crps']:.3f}" in sections["scores"]
    assert "3 firms of 3" in sections["forecasts"]
    assert "too few firms for an interval" in sections["study"]
    assert len(page.encode()) < 6e6


@pytest.mark.full
def test_three_hundred_firms_stay_below_eight_megabytes() -> None:
    page = simulated.run(firms=300, days=260, groups=11).report().page
    assert len(page.encode()) < 8e6
    assert "300 firms" in read(page).by_section[""]


def test_what_is_not_known_or_not_forecast_is_told_or_left_out(three: simulated.Run) -> None:
    run = deepcopy(three)
    firms = run.embedded.firms.copy().astype({"name": object, "sector": object})
    firms[["name", "sector", "as_of"]] = None
    firms["market_cap"] = np.nan
    run.embedded = replace(run.embedded, firms=firms)
    run.trained = simulated.trained(epochs=1)
    scores = run.evaluated.scores
    scores |= dict.fromkeys(("directional_accuracy", "information_coefficient", "coverage_50"))
    forecasts = run.evaluated.forecasts
    kept = forecasts[forecasts["symbol"] != "F01"].drop(columns=["q05", "q75"])
    run.evaluated = replace(run.evaluated, forecasts=kept)
    sections = read(run.report().page).by_section
    assert "3 of 3 firms without a known sector" in sections["map"]
    assert "Nothing says when sectors" in sections["map"]
    assert sections["peers"].count("unknown") == 3
    assert "for 1 epoch in" in sections["training"]
    assert "50 % intervals" not in sections[""] and "90 % intervals" in sections[""]
    assert "2 firms of 2" in sections["forecasts"]
    run.evaluated = replace(run.evaluated, forecasts=kept.iloc[:0])
    assert "no intervals to draw" in read(run.report().page).by_section["forecasts"]


def test_the_section_says_how_many_firms_and_days(whole: simulated.Run) -> None:
    text = read(whole.report(Report(firms=2, days=30)).page).by_section["forecasts"]
    assert "2 firms of 12" in text and "last 30 test days" in text
