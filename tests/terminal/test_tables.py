"""What is printed fits the terminal, and has what was found."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import entries
import pytest

from pipeline.evaluation.scores import SCORES
from pipeline.logs import JsonLog, process
from pipeline.outputs import Compared
from pipeline.settings.load import load
from pipeline.terminal.runs import leaderboard, summary
from pipeline.terminal.screen import Screen, open_watch

CONTROL = {
    "name": "linear",
    "crps_over_control": 0.9988,
    "crps_over_control_low": 0.9978,
    "crps_over_control_high": 0.9998,
    "dm_p_control": 0.02,
}
PAGE, UI = Path("page.html"), "firmament ui"


@pytest.fixture(scope="module")
def found() -> Compared:
    return entries.comparison(folds=1, horizon=3, days=300)


def printed(found: Compared, capsys: pytest.CaptureFixture[str]) -> list[str]:
    leaderboard(found, PAGE, "a-run", UI)
    return re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out).splitlines()


def test_a_leaderboard_has_every_entry_and_each_day_ahead(
    found: Compared, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = printed(found, capsys)
    for place, row in enumerate(found.board.to_dict("records"), start=1):
        assert lines[place].startswith(row["name"].replace("_", " "))
        assert f"{row['crps']:.4f}" in lines[place]
        assert f"{row['coverage_50']:.1%}" in lines[place]
    networks = found.ahead[found.ahead["kind"] == "network"]
    for row in networks.to_dict("records"):
        numbers = [f"{row[key]:.4f}" for key in ("crps", "crps_ratio")]
        assert any(
            line.split()[:4] == [row["name"], str(row["horizon"]), *numbers] for line in lines
        )
    assert lines[-3:] == [found.summary["verdict"], "Report: page.html", f"MLflow run a-run: {UI}"]


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_narrow_terminal_has_fewer_columns_and_cuts_none(
    width: int, found: Compared, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", str(width))
    lines = printed(found, capsys)
    table = lines[: len(found.board) + 1]
    assert max(map(len, table)) <= width
    assert not any("…" in line for line in table)
    assert "CRPS ↓" in table[0] and "of GARCH" in table[0]
    assert "parameters" not in table[0]


@pytest.mark.parametrize("width", [40, 60, 80])
def test_the_scores_of_a_run_fit_a_narrow_terminal(
    width: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", str(width))
    known = {score.key: 0.5 for score in SCORES if score.run}
    about = {"firms": 2, "first": "2020-01-02", "last": "2020-02-03", "forecasts": 40}
    scores = {**known, **about, "crps_skill": 0.1, "best_baseline": "ewma_volatility"}
    scores |= {f"crps_over_best{end}": 0.9 for end in ("", "_low", "_high")} | {"dm_p": 0.012}
    scores["baselines"] = {"ewma_volatility": {**known, "directional_accuracy": None}}
    result = {"scores": scores, "model": "gru", "report": "page.html", "run_id": "a-run"}
    result |= {"source": "sample", "date": "2022-12-28", "control": CONTROL | known, "start": {}}
    summary(result, {"firm": "A", "peers": [], "reason": "None."}, UI)
    lines = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out).splitlines()
    (top,) = (place for place, line in enumerate(lines) if "CRPS ↓" in line)
    table = lines[top : top + 4]
    names = [line.split("  ")[0] for line in table[1:]]
    assert names == ["network", "linear", "ewma volatility"]
    assert max(map(len, table)) <= width and not any("…" in line for line in table)
    assert ("direction ↑" in table[0]) == (width == 80)
    assert ("–" in table[3]) == (width == 80)
    better = "10.00 % (95 % interval 10.00 % to 10.00 %, p = 0.012)."
    assert (
        f"By CRPS the network is better than the best baseline, EWMA volatility: {better}" in lines
    )
    said = "recurrence adds 0.12 % (95 % interval 0.02 % to 0.22 %, p = 0.020)."
    assert f"Beside linear, the same inputs without recurrence: {said}" in lines


def test_a_log_tells_the_ends_of_tasks_and_no_parts(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with JsonLog("run") as log:
        for done in (0, 1, 2, 3, 3):
            log.step("train", done, 3)
        log.step("report (reused)", 1, 1)
        log.step("train", 0, 3)
        log.epoch(1, {"loss": 0.5, "valid_loss": float("nan")})
        log.note("postgresql://ann:s3cret@host is “é”.")
    told = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    steps = [(line["task"], line["done"]) for line in told if line["event"] == "step"]
    assert steps == [("train", 0), ("train", 3), ("report (reused)", 1), ("train", 0)]
    assert told[-2]["metrics"] == {"loss": 0.5, "valid_loss": None}
    assert told[-1]["sentence"] == "postgresql://ann:***@host is “é”."
    assert {line["run"] for line in told} == {process()}


def test_warnings_of_libraries_are_lines_of_the_log() -> None:
    script = """
import logging, sys, warnings
from pipeline.terminal.screen import open_watch
from pipeline.settings.load import load
sys.argv = ["firmament", "run"]
assert open_watch(load(assignments=["log=json"])) is open_watch(load(assignments=["log=json"]))
warnings.warn("old\\nwarning")
logging.getLogger("a.library").error("%s is gone", "http://ann:s3cret@host")
logging.getLogger("a.library").info("not told")
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    begin, warning, error = (json.loads(line) for line in done.stderr.splitlines())
    assert begin["command"] == "run"
    assert (warning["level"], warning["logger"]) == ("warning", "py.warnings")
    assert "UserWarning: old warning" in warning["sentence"]
    assert (error["level"], error["sentence"]) == ("error", "http://ann:***@host is gone")


def test_a_bar_says_how_long_its_task_will_still_take(monkeypatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "120")
    screen = Screen()
    now = iter(range(1000))
    screen._bars.get_time = lambda: float(next(now))
    for done in range(1, 6):
        screen.step("fetch from Yahoo", done, 500)
    with screen.console.capture() as shown:
        screen.console.print(screen._bars.get_renderable())
    assert re.search(r"5/500.* 0:\d\d:\d\d left", re.sub(r"\x1b\[[\d;]*m", "", shown.get()))


def test_text_is_the_watch_unless_told_otherwise() -> None:
    assert isinstance(open_watch(load()), Screen)
