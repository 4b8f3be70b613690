"""A score, and a baseline, are declared once: a row more is told everywhere."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline.comparison import tracked
from pipeline.evaluation.columns import COLUMNS, printed
from pipeline.evaluation.scores import MARKED, SCORES
from pipeline.report.standings import TABLES, columns_of
from pipeline.run import record

HOUSE = Path(__file__).parents[2]
SCORE = """SCORES = (
    Score(
        "pinball_10",
        "pinball 10",
        "1/year",
        "low",
        "pinball loss of the 10 % quantile",
        mark=lambda forecast, growth: np.maximum(
            0.1 * (growth - forecast.quantile(0.1)), 0.9 * (forecast.quantile(0.1) - growth)
        ),
        ahead=True,
    ),
    Score(
        "crps_median",
        "median CRPS",
        "1/year",
        "low",
        "CRPS of the firm in the middle",
        formula=lambda marks: marks.table.groupby("symbol")["crps"].mean().median(),
        printed=("run", "board", "ahead"),
    ),
"""
BASELINE = """    for row in (
        Baseline("naive_zz", "naive ZZ", shaped(naive)),
"""
METHOD = """from itertools import repeat

import numpy as np

from pipeline.evaluation.baselines.given import Given, Moments


def naive(given: Given):
    return repeat(Moments(np.zeros_like(given.growth), np.ones_like(given.growth)))
"""
SCRIPT = """
import sys

def loaded():
    heavy = {"scoringrules", "statsmodels", "arch", "hmmlearn", "sklearn", "keras", "tensorflow"}
    return sorted((heavy | {"scipy", "pandas"}) & set(sys.modules))

import pipeline.evaluation.columns
before = loaded()
import pipeline.evaluation.titles
after = loaded()
import contextlib, io, json
from dataclasses import replace
from pathlib import Path
import entries
from pipeline.terminal import runs as terminal
from pipeline.comparison import tracked
from pipeline.evaluation.baselines import BASELINES
from pipeline.evaluation.evaluate import _scores
from pipeline.evaluation.earned import marked
from pipeline.run import record
from pipeline.report.tables import horizon_grid, score_grid

assert Path(record.__file__).is_relative_to(Path.cwd())
quick = {"naive_zz", "zero_growth", "historical_mean", "ewma_volatility", "garch"}
for slow in BASELINES.keys() - quick:
    del BASELINES[slow]
# Fitting is not what is looked at here.
BASELINES["garch"] = replace(BASELINES["garch"], method=BASELINES["ewma_volatility"].method)
made, foretell = [], entries.foretell
entries.foretell = lambda *given, **watch: made.append(foretell(*given, **watch)) or made[-1]
found = entries.comparison(folds=1, horizon=2, days=300)
earned = {str(n): marked(own) for n, own in made[0].forecasts.groupby("baseline", sort=False)}
scores = _scores({"network": earned["ewma_volatility"], **earned}, left_out=0)
printed = io.StringIO()
with contextlib.redirect_stdout(printed):
    terminal.leaderboard(found, Path("page.html"), "a-run", "ui")
    run = {"model": "gru", "source": "sample", "date": "2022-12-28", "run_id": "a-run"}
    about = run | {"report": "page.html"}
    peers = {"firm": "A", "peers": [], "reason": "none"}
    terminal.summary({**about, "scores": scores, "control": {}, "start": {}}, peers, "ui")
row = found.board.iloc[0].to_dict()
print(json.dumps({
    "loaded": (before, after),
    "scores": scores,
    "board": list(found.board),
    "ahead": list(found.ahead),
    "daily": list(found.daily),
    "names": list(found.board["name"]),
    "run metrics": list(record.scores(scores)),
    "board metrics": list(tracked._metrics(row)),
    "ahead metrics": list(tracked._ahead(found, row["name"])[1]),
    "terminal": printed.getvalue(),
    "run page": [[cell.text for cell in line.cells] for line in score_grid(scores).rows],
    "run heads": [head.name for head in score_grid(scores).heads],
    "day heads": [head.name for head in horizon_grid(scores["by_horizon"]).heads],
    "page": found.page.partition("<main")[2],
}))
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a house tells whose tables of scores and of baselines have new rows, and no more."""
    copy = tmp_path_factory.mktemp("house")
    for part in ("pipeline", "models"):
        shutil.copytree(HOUSE / part, copy / part)  # compiled as it is
    table = copy / "pipeline" / "evaluation" / "scores.py"
    table.write_text(table.read_text().replace("SCORES = (\n", SCORE, 1))
    rows = copy / "pipeline" / "evaluation" / "baselines" / "__init__.py"
    text = rows.read_text().replace("    for row in (\n", BASELINE, 1)
    first = "from pipeline.evaluation.baselines.ridge"
    own = "from pipeline.evaluation.baselines.naive import naive\n"
    rows.write_text(text.replace(first, own + first, 1))
    (rows.parent / "naive.py").write_text(METHOD)
    places = (copy, HOUSE / "tests" / "report", HOUSE / "tests")
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, places)), "COLUMNS": "250"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.mark.full  # `docs/test_contributing.py` follows the same steps
def test_a_new_score_is_scored_logged_and_shown(told: dict[str, Any]) -> None:
    for key, name in (("pinball_10", "pinball 10"), ("crps_median", "median CRPS")):
        for scores in (told["scores"], told["scores"]["baselines"]["garch"]):
            assert scores[key] > 0.0
        assert all(day[key] > 0.0 for day in told["scores"]["by_horizon"])
        assert key in told["board"]
        names = {f"test/{key}", f"test_garch/{key}", f"test_day_2/{key}"}
        assert names <= set(told["run metrics"])
        assert f"test/{key}" in told["board metrics"]
        assert told["terminal"].count(f"{name} ↓") == 2
        assert f"{name} ↓" in told["run heads"]
        assert f"{name} ↓" in told["page"]
    # Marks are told by day and have intervals; what is told by day ahead is asked for.
    assert {"pinball_10_low", "pinball_10_high"} <= set(told["board"])
    assert "pinball_10" in told["daily"] and "crps_median" not in told["daily"]
    for place in ("ahead", "ahead metrics"):
        assert "pinball_10" in told[place] and "crps_median" not in told[place]


def test_a_new_baseline_is_forecast_scored_and_named(told: dict[str, Any]) -> None:
    assert told["scores"]["baselines"]["naive_zz"]["crps"] > 0.0
    assert "naive_zz" in told["names"]
    assert "test_naive_zz/crps" in told["run metrics"]
    assert "naive zz" in told["terminal"]
    assert "naive ZZ" in [row[0] for row in told["run page"]]
    assert "naive ZZ" in told["day heads"] and "naive ZZ" in told["page"]


def test_every_score_has_one_row_with_a_formula() -> None:
    keys = [score.key for score in COLUMNS]
    assert len(keys) == len(set(keys))
    assert all((score.mark is None) != (score.formula is None) for score in SCORES)
    assert {"crps", "log_score"} <= set(MARKED)


def test_what_is_told_where_stays_as_it_is() -> None:
    # Names in MLflow and columns are a contract: whoever reads them must find them again.
    run = ["crps", "log_score", "mae", "rmse", "directional_accuracy", "information_coefficient"]
    run += ["coverage_50", "coverage_90", "crps_skill"]
    assert set(record.SCORES) >= set(run)
    assert len(tracked.BOARD) == len(set(tracked.BOARD))
    assert set(tracked.BOARD) >= {
        *("crps", "crps_low", "crps_high", "crps_ratio", "crps_ratio_low", "crps_ratio_high"),
        *("firms_better", "log_score", "mae", "rmse", "directional_accuracy"),
        *("information_coefficient", "rank_ic", "coverage_50", "coverage_90", "coverage_99"),
        *("pit_p", "dm_p_garch", "dm_p", "dm_p_holm", "set_p", "seed_spread", "fallbacks"),
    }
    orders = {
        "ahead": ["crps", "crps_ratio", "dm_p_garch", "coverage_90"],
        "board": [
            *("crps", "crps_ratio", "dm_p_garch", "dm_p_holm", "inside", "firms_better"),
            *("coverage_90", "crps_interval", "log_score", "coverage_50"),
        ],
        "run": [
            *("crps", "log_score", "mae", "directional_accuracy", "coverage_50", "coverage_90"),
        ],
    }
    for place, order in orders.items():
        assert [score.key for score in printed(place) if score.key in order] == order
    assert set(tracked.AHEAD) >= {"log_score", *orders["ahead"]}
    assert {key.key for table in TABLES for key in columns_of(table)} >= {s.key for s in SCORES}


def test_titles_are_there_without_the_libraries_of_formulas(told: dict[str, Any]) -> None:
    columns, titles = told["loaded"]
    assert columns == []
    assert set(titles) <= {"pandas", "scipy"}
