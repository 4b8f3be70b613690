"""What the documentation lists is what there is: rules, statuses, stages, scores, metrics."""

from __future__ import annotations

import dataclasses
import re

from pages import DOCS, OPERATIONS, blocks, prose, rows, spans

from pipeline.cli.entry import INTERRUPTED, TERMINATED
from pipeline.comparison import tracked
from pipeline.comparison.compare import NAME
from pipeline.comparison.ranking import FACTS
from pipeline.errors import FirmamentError
from pipeline.evaluation.baselines import BASELINES
from pipeline.evaluation.control import CONTROL
from pipeline.ingest.rules import RULES
from pipeline.outputs import Compared, Controlled, Edition
from pipeline.report.standings import TABLES, columns_of
from pipeline.run import record
from pipeline.settings.ingest import Quality
from pipeline.stages import PLAN
from pipeline.store import ANSWER
from pipeline.studies.conducting.answer import Answered
from pipeline.studies.conducting.cells import Measured


def test_the_quality_rules_are_all_told_in_their_order_with_their_defaults() -> None:
    told = {row[0]: row[1] for row in rows(OPERATIONS / "sources.md", "rule")}
    assert list(told) == [*(rule.name for rule in RULES), "missing", "short"]
    assert told == {name: getattr(Quality(), name) for name in told}


def test_the_exit_statuses_are_all_told() -> None:
    told = [row[0] for row in rows(OPERATIONS / "trouble.md", "status")]
    assert told == ["0", "1", str(FirmamentError.exit_status), str(INTERRUPTED), str(TERMINATED)]


def test_the_stages_are_all_told_with_their_settings_and_needs() -> None:
    told = rows(DOCS / "architecture.md", "stage")
    assert [row[0] for row in told] == [stage.name for stage in PLAN]
    for row, stage in zip(told, PLAN, strict=True):
        assert re.findall(r"\w+", row[1]) == list(stage.sections)
        if stage.name not in ("ingest", "report"):
            assert re.findall(r"\w+", row[2]) == list(stage.needs)


def test_the_stages_outputs_lie_where_the_page_says() -> None:
    layout = next(body for body in blocks(DOCS / "store.md") if "stages/" in body)
    outputs = {stage.name: stage.makes for stage in PLAN}
    for name, made in {
        **outputs,
        NAME: Compared,
        "edition": Edition,
        "cell": Measured,
        ANSWER: Answered,
    }.items():
        after = layout.partition(f"{name}/<fingerprint>/")[2]
        files = re.findall(r"(\w+)\.\w+", re.split(r"\w+/|published", after)[0])
        assert sorted(files) == sorted(field.name for field in dataclasses.fields(made))


def test_the_scores_and_baselines_are_all_told() -> None:
    scores = " ".join(row[0] for row in rows(DOCS / "evaluation.md", "name"))
    assert set(re.findall(r"\w+", scores)) == set(record.SCORES)
    for name in BASELINES:
        assert f"| `{name}` |" in prose(DOCS / "evaluation.md")


def test_the_columns_of_the_leaderboard_are_all_told() -> None:
    told = " ".join(row[0] for row in rows(DOCS / "evaluation.md", "in the leaderboard"))
    shown = {metric.key for table in TABLES for metric in columns_of(table)}
    words = {*re.findall(r"\w+", told), "log_score"}
    assert {key for key in shown if not key.endswith("_interval")} - {"inside"} <= words
    assert {*tracked.BOARD, *FACTS} <= words


def test_the_names_of_metrics_are_those_that_are_logged() -> None:
    scores = dict.fromkeys(record.SCORES, 1.0)
    days = [{"horizon": day, **scores} for day in (1, 2)]
    beside = dict.fromkeys(BASELINES, scores)
    control = Controlled({"name": CONTROL, **scores, **dict.fromkeys(record.BESIDE_CONTROL, 1.0)})
    tree = {**scores, "joined": scores, "baselines": beside, "by_horizon": days}
    logged = record.scores(tree)
    logged |= record.beside_control(control)
    words = spans(OPERATIONS / "results.md")
    told = {span for span in words if re.fullmatch(r"test\w*/\w+", span)}
    compared = (*tracked.BOARD, *tracked.RUNG)
    assert told <= {*logged, *(f"test/{column}" for column in compared)}
    assert {*tracked.BOARD} <= {*words, *record.SCORES}
    assert {f"cost/{fact}" for fact in FACTS} == {s for s in words if s.startswith("cost/")}
    assert {f"ahead/{c}" for c in tracked.AHEAD} == {s for s in words if s[:6] == "ahead/"}
    assert {name for name in logged if name.startswith("test/")} <= told
    assert {name.partition("/")[0] for name in logged} == {name.partition("/")[0] for name in told}
