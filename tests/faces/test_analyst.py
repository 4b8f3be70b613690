"""The analyst's commands through the real entry point, on what the study stage left."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from command import Place
from conftest import World
from nursery import environment

from pipeline.store import Store

FIRMS = [f"F{number:02d}" for number in range(12)]


@pytest.fixture(scope="module")
def place(world: World, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The world's store with a record of a run, and one of a version that had no study."""
    place = world.place.copied(tmp_path_factory.mktemp("analyst"))
    shutil.rmtree(place.store / "runs")
    store = Store(place.store)
    stages = {
        stage.name: next(stage.iterdir()).name for stage in (place.store / "stages").iterdir()
    }
    about = {"run_id": "a-run", "source": "files:prices", "model": "gru", "date": "2017-04-20"}
    store.record("a-run", {**about, "fingerprints": stages})
    old = {"run_id": "old", "fingerprints": {"embed": stages["embed"]}}
    (store.root / "runs" / "old.json").write_text(json.dumps(old))
    return place


ORIGIN = "run a-run · files:prices · gru · to 2017-04-20"
ANSWERS = (
    ["forecast"],
    ["similar", "F01"],
    ["explain", "F01", "F04"],
    ["history", "F01"],
    ["validate"],
)


def said(place: Place, *arguments: str, columns: int | None = None) -> str:
    """What a command prints, on a terminal so many columns wide or elsewhere."""
    wide = {} if columns is None else {"FORCE_COLOR": "1", "COLUMNS": str(columns)}
    done = place.run(*arguments, "--data-root", str(place.store), **wide)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)


def answer(place: Place, *arguments: str) -> dict[str, Any]:
    """The JSON object that a command prints."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    found: dict[str, Any] = json.loads(
        said(place, *arguments, "--format", "json"), parse_constant=refuse
    )
    return found


def refused(place: Place, *arguments: str) -> str:
    """The one sentence with which a command refuses."""
    done = place.run(*arguments, "--data-root", f"{place.folder}/store")
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stdout == ""
    (sentence,) = done.stderr.splitlines()
    assert sentence.startswith("firmament: ")
    return sentence


def test_similar_has_every_measure_in_json_and_csv(place: Place) -> None:
    found = answer(place, "similar", "f01", "--top", "3")
    about = {"from", "to", "run_id", "source", "model", "date", "measure", "days"}
    assert set(found) == {"firm", "firms", *about, "peers"}
    assert found["days"] > 250
    assert (found["firm"], found["firms"], found["run_id"]) == ("F01", ["F01"], "a-run")
    assert found["from"] < found["to"]
    assert [peer["rank"] for peer in found["peers"]] == [1, 2, 3]
    rows = pd.read_csv(io.StringIO(said(place, "similar", "F01", "--top", "3", "--format", "csv")))
    assert list(rows) == list(found["peers"][0])
    beside = ("pearson", "spearman", "residual", "residual_spearman", "scaled", "kernel")
    assert {f"{name}_rank" for name in (*beside, "ledoit_wolf", "profile")} <= set(rows)
    assert {"network_rank_low", "network_rank_high", "year_rank_median"} <= set(rows)
    np.testing.assert_allclose(rows["score"], [peer["score"] for peer in found["peers"]], atol=1e-6)


def test_the_least_similar_come_last_first(place: Place) -> None:
    most = answer(place, "similar", "F01", "--top", "99")["peers"]
    least = answer(place, "similar", "F01", "--bottom", "4")["peers"]
    assert len(most) == len(FIRMS) - 1
    assert [peer["symbol"] for peer in least] == [peer["symbol"] for peer in most[:-5:-1]]


def test_several_symbols_are_a_basket(place: Place) -> None:
    found = answer(place, "similar", "F01", "F02", "f01")
    assert found["firms"] == ["F01", "F02"]
    assert "firm" not in found
    assert not {"F01", "F02"} & {peer["symbol"] for peer in found["peers"]}
    assert "move like the basket of F01, F02, 2015" in said(place, "similar", "F01", "F02")


def test_peers_can_be_narrowed_and_ranked_otherwise(place: Place) -> None:
    options = ("--exclude-sector", "group 1", "--cap", "mid", "--measure", "residual")
    found = answer(place, "similar", "F01", *options)
    assert found["measure"] == "residual"
    assert found["peers"]
    for peer in found["peers"]:
        assert peer["sector"] != "Group 1"
        assert 2e9 <= peer["market_cap"] < 10e9
        assert {"learned", "learned_rank"} <= set(peer)
    ranks = [peer["rank"] for peer in found["peers"]]
    assert ranks == sorted(ranks)
    (other,) = {
        peer["sector"] for peer in answer(place, "similar", "F01", "--sector", "group 1")["peers"]
    }
    assert other == "Group 1"
    table = said(place, "similar", "F01", "--measure", "residual", "--bottom", "2")
    assert "move least like F01 by Pearson of market residuals, " in table


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_narrow_terminal_has_fewer_columns_of_peers_and_cuts_none(
    place: Place, width: int
) -> None:
    lines = said(place, "similar", "F01", "--top", "4", columns=width).splitlines()
    heading = next(number for number, line in enumerate(lines) if line.startswith("rank"))
    table = lines[heading : heading + 5]
    assert max(map(len, table)) <= width
    assert "…" not in "".join(table)
    assert {"symbol", "score", "percentile"} <= set(table[0].split())
    assert ("scaled" in table[0]) == (width == 120)
    assert table[1].split()[0] == "1"


def test_a_range_without_a_whole_year_has_no_ranks_by_year(place: Place) -> None:
    asked = ("similar", "F01", "--from", "2015-06-01", "--to", "2015-08-01")
    found = answer(place, *asked)["peers"]
    assert {peer["year_rank_median"] for peer in found} == {None}
    assert "–" in said(place, *asked)


def test_explain_begins_with_a_sentence(place: Place) -> None:
    text = said(place, "explain", "F01", "F04")
    assert text.startswith("F01 and F04 move ")
    for part in ("% of all pairs of firms", "Year by year", "Days that count", "Episodes", "beta"):
        assert part in text
    lines = said(place, "explain", "F01", "F04", columns=80).splitlines()
    assert max(map(len, lines)) <= 80


def test_explain_has_both_sides_in_json(place: Place) -> None:
    found = answer(place, "explain", "F01", "f04")
    assert [firm["symbol"] for firm in found["firms"]] == ["F01", "F04"]
    assert all(firm["volatility"] > 0.0 and firm["of"] == 11 for firm in found["firms"])
    assert found["sentence"].startswith("F01 and F04 move ")
    assert found["residual"] < 1.0
    assert {year["year"] for year in found["years"]} == {2015, 2016}
    for day in (*found["days"], *found["episodes"]):
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", day.get("date") or day["first"])
    other = answer(place, "explain", "F04", "F01")
    assert other["score"] == pytest.approx(found["score"], abs=1e-6)
    assert [f["rank"] for f in other["firms"]] == [f["rank"] for f in found["firms"]][::-1]


@pytest.mark.parametrize(("suffix", "begins"), [(".svg", b"<?xml"), (".pdf", b"%PDF")])
def test_a_plot_is_written_whole_and_the_same_again(
    place: Place, tmp_path: Path, suffix: str, begins: bytes
) -> None:
    file = tmp_path / f"pair{suffix}"
    text = said(place, "explain", "F01", "F04", "--plot", str(file))
    assert text.endswith(f"\n{ORIGIN}\nPlot: {file}\n")
    drawn = file.read_bytes()
    assert drawn.startswith(begins)
    said(place, "explain", "F01", "F04", "--plot", str(file))
    assert file.read_bytes() == drawn
    assert list(tmp_path.iterdir()) == [file]


def test_a_range_without_a_whole_year_can_be_drawn(place: Place, tmp_path: Path) -> None:
    asked = ("--from", "2015-06-01", "--to", "2015-08-01", "--plot", str(tmp_path / "short.png"))
    said(place, "explain", "F01", "F04", *asked)
    assert (tmp_path / "short.png").stat().st_size > 10_000


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        ("pair.jpg", "name a file that ends on .png, .svg, .pdf or .html"),
        ("pair", "no suffix"),
        ("absent/pair.png", "is not there"),
        ("folder.png", "is a folder"),
        ("/proc/pair.png", "cannot be written"),
    ],
)
def test_a_plot_with_no_place_is_refused(
    place: Place, tmp_path: Path, file: str, sentence: str
) -> None:
    (tmp_path / "folder.png").mkdir()
    assert sentence in refused(place, "explain", "F01", "F04", "--plot", str(tmp_path / file))
    assert list(tmp_path.iterdir()) == [tmp_path / "folder.png"]


def test_history_marks_who_is_new(place: Place) -> None:
    found = answer(place, "history", "f01", "--top", "3")
    assert (found["firm"], found["run_id"]) == ("F01", "a-run")
    listed: dict[int, list[str]] = {2015: [], 2016: []}
    for row in found["years"]:
        listed[row["year"]].append(row["symbol"])
        new = None if row["year"] == 2015 else row["symbol"] not in listed[2015]
        assert row["new"] == new
    lines = said(place, "history", "F01", "--top", "3").splitlines()
    (later,) = (line for line in lines if line.startswith("2016"))
    assert set(re.findall(r"\+(F\d\d)", later)) == set(listed[2016]) - set(listed[2015])
    assert all(symbol in later for symbol in listed[2016])
    csv = pd.read_csv(io.StringIO(said(place, "history", "F01", "--top", "3", "--format", "csv")))
    assert list(csv) == list(found["years"][0])


def test_validate_prints_what_the_study_found(place: Place) -> None:
    found = answer(place, "validate")
    tables = {"figures", "differences", "associations", "portfolios"}
    assert {"run_id", "sentences", "permutations", *tables} <= set(found)
    assert found["figures"][0]["measure"] == "the learned measure"
    short = said(place, "validate", "--run", "a-run", columns=100)
    assert "an untrained network" in short and "Ledoit" not in short
    assert "firmament validate --full" in short
    text = said(place, "validate", "--full", "--run", "a-run", columns=100)
    together = " ".join(text.split())
    for sentence in found["sentences"]:
        assert sentence in together
    for row in found["figures"]:
        assert row["measure"] in text
    assert max(map(len, text.splitlines())) <= 100
    csv = pd.read_csv(io.StringIO(said(place, "validate", "--format", "csv")))
    assert list(csv["measure"]) == [row["measure"] for row in found["figures"]]


@pytest.mark.parametrize("words", ANSWERS, ids=lambda words: words[0])
def test_every_answer_tells_where_it_is_from(place: Place, words: list[str]) -> None:
    assert said(place, *words).splitlines()[-1] == ORIGIN
    found = answer(place, *words)
    told = [found[key] for key in ("run_id", "source", "model", "date")]
    assert told == ["a-run", "files:prices", "gru", "2017-04-20"]
    old = said(place, *words, "--run", "a-ru", columns=20)
    assert "…" not in old.splitlines()[0]


def test_a_forecast_has_one_unit_in_all_formats(place: Place) -> None:
    for unit, words in (("growth", "growth rate, 1/year"), ("percent", "log return in percent")):
        found = answer(place, "forecast", "F02", "--unit", unit)
        assert found["unit"] == unit
        (row,) = found["forecasts"]
        text = said(place, "forecast", "F02", "--format", "csv", "--unit", unit)
        (line,) = pd.read_csv(io.StringIO(text)).to_dict("records")
        assert line["q95"] == pytest.approx(row["q95"], abs=1e-6)
        table = said(place, "forecast", "F02", "--unit", unit)
        assert f"Quantiles of the day's {words}, by " in table
        assert f"{row['q95']:+.2f}" in table
    yearly = answer(place, "forecast", "F02")["forecasts"][0]
    assert yearly["q95"] == pytest.approx(2.61 * row["q95"], abs=1e-5)
    assert yearly["scale"] == pytest.approx(2.61 * row["scale"], abs=1e-5)


def test_a_run_without_a_study_is_told_what_to_do(place: Place) -> None:
    assert "`firmament run`" in refused(place, "validate", "--run", "old")
    assert answer(place, "similar", "F01", "--run", "old")["run_id"] == "old"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["similar", "F01", "--top", "2", "--bottom", "2"], "give one of them"),
        (["similar", "F01", "--top", "0"], "from 1 to"),
        (["similar", "firm F07"], "did you mean F07?"),
        (["similar", "F01", "F99"], "'F99'"),
        (["similar", "F01", "--sector", "Banks"], "the sectors are Group 0, Group 1, Group 2"),
        (["similar", "F01", "--exclude-sector", "Banks"], "the sectors are"),
        (["similar", "F01", "--cap", "tiny"], "ask for small, mid, large"),
        (["similar", "F01", "--cap", "small", "--sector", "Group 1"], "No firm is left"),
        (["similar", "F01", "--measure", "eigen30"], "ask for one of learned, pearson"),
        (["similar", "F01", "--from", "2016-02-01", "--to", "2016-01-01"], "the earlier day first"),
        (["similar", "F01", "--from", "2031-01-01"], "outside the data"),
        (["similar", "F01", "--from", "soon"], "'soon' is not a day"),
        (["similar", "F01", "--from", "2016-02-30"], "'2016-02-30' is not a day"),
        (["similar", "F01", "--to", "03/04/2016"], "'03/04/2016' is not a day"),
        (["explain", "F01", "F02", "--from", "0000"], "'0000' is not a day"),
        (["explain", "F01", "F02", "--to", "２０１６-01-01"], "is not a day"),
        (["history", "F01", "--from", "2016", "--to", "2015"], "the earlier day first"),
        (["similar", "F11", "--to", "2015-04-01"], "ask for a longer range"),
        (["similar", "F01", "--run", "absent"], "no run 'absent'"),
        (["explain", "F01", "f01"], "two different ones"),
        (["explain", "F01", "F11", "--to", "2015-04-01"], "0 days in common"),
        (["history", "F01", "--top", "0"], "from 1 to"),
        (["history", "F01", "--to", "2015-04-01"], "No calendar year"),
        (["history", "F99"], "'F99'"),
        (["validate", "--run", "absent"], "no run 'absent'"),
    ],
)
def test_what_cannot_be_answered_is_said_in_a_sentence(
    place: Place, words: list[str], sentence: str
) -> None:
    assert sentence in refused(place, *words)


@pytest.mark.parametrize(
    "command", [["similar", "F01"], ["explain", "A", "B"], ["history", "A"], ["validate"]]
)
def test_no_run_yet_is_told(place: Place, tmp_path: Path, command: list[str]) -> None:
    done = place.run(*command, "--data-root", str(tmp_path / "empty"))
    assert done.returncode == 2
    assert "There is no run yet in " in done.stderr
    assert not (tmp_path / "empty").exists()


@pytest.mark.parametrize(
    ("asked", "slow"),
    [
        (
            [
                ["similar", "F01"],
                ["similar", "F01", "--format", "json"],
                ["explain", "F01", "F02"],
                ["history", "F01"],
            ],
            "matplotlib scipy sklearn",
        ),
        ([["explain", "F01", "F02", "--plot", "pair.png"]], "scipy sklearn"),
        ([["validate"]], "matplotlib sklearn"),
    ],
    ids=["tables", "plot", "validate"],
)
def test_no_command_loads_what_it_does_not_need(
    place: Place, tmp_path: Path, asked: list[list[str]], slow: str
) -> None:
    """Of commands of one process, what any of them loads is seen."""
    script = f"""
import sys
from pipeline.cli import main
slow = {slow.split()!r} + ["tensorflow", "keras", "mlflow"]
for words in {asked!r}:
    sys.argv = ["firmament", *words, "--data-root", {f"{place.folder}/store"!r}]
    try:
        main()
    except SystemExit as end:
        assert not end.code, end.code
    print(words, [name for name in slow if name in sys.modules])
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment(),
        check=False,
    )
    told = [line for line in done.stdout.splitlines() if line.startswith("[")]
    assert told == [f"{words} []" for words in asked], done.stdout + done.stderr
