"""What a person sees of scheduled runs."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from pipeline.terminal import schedule


def test_a_decision_is_one_line_however_narrow_the_terminal_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "50")
    decision = {"made": "2022-12-28 21:00", "challenger": 2, "outcome": "rejected", "champion": 1}
    scores = {"challenger_crps": 2.5, "champion_crps": 2.25, "p_value": 0.5, "days": 150.0}
    newest = {"date": "2022-12-28", **decision, **scores, "champion_days": 7.0, "reason": "Worse."}
    schedule.decisions_table(pd.DataFrame([newest, {**newest, "date": "2022-12-27"}]))
    lines = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out).splitlines()
    assert len(lines) == 4
    assert [line.startswith("2022") for line in lines] == [False, True, True, True]
    assert lines[-1] == "2022-12-28, version 2 rejected: Worse."


@pytest.mark.parametrize(
    ("about", "by"),
    [
        # A publication, too, says up to which day its network has seen growth.
        (
            {"version": "3", "run_id": "c0ffee", "seen_to": "2021-06-29"},
            "champion, version 3 (gru)",
        ),
        ({"seen_to": "2015-12-31"}, "gru network, which saw growth to 2015-12-31"),
        ({"run_id": "c0ffee"}, "gru of run c0ffee"),
    ],
)
def test_forecasts_say_which_network_made_them(
    about: dict[str, str], by: str, capsys: pytest.CaptureFixture[str]
) -> None:
    record = {"model": "gru", "date": "2022-12-28", "source": "sample", **about}
    row = {"symbol": "AAPL", "date": pd.Timestamp("2022-12-29"), "horizon": 1, "q50": 0.1}
    schedule.forecasts_table(record, pd.DataFrame([row]), "growth")
    assert f"by the {by}, at the end of" in " ".join(capsys.readouterr().out.split())
