"""What is printed fits the terminal, and has what was found."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from report import rivals

from pipeline import terminal
from pipeline.outputs import Compared

PAGE, UI = Path("page.html"), "firmament ui"


@pytest.fixture(scope="module")
def found() -> Compared:
    return rivals.comparison(folds=1, horizon=2)


def printed(found: Compared, capsys: pytest.CaptureFixture[str]) -> list[str]:
    terminal.leaderboard(found, PAGE, "a-run", UI)
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
