"""Commands about finished runs through the real entry point: runs, report, export, pictures."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pandas as pd
import pytest
from command import Place
from conftest import World

from pipeline.store import Store


def said(place: Place, *words: str, **variables: str) -> list[str]:
    """The lines that a command prints."""
    done = place.run(*words, "--data-root", str(place.store), **variables)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout.splitlines()


def refused(place: Place, *words: str) -> str:
    """The one sentence with which a command refuses."""
    done = place.run(*words, "--data-root", str(place.store))
    assert done.returncode == 2, done.stdout + done.stderr
    (sentence,) = done.stderr.splitlines()
    return sentence


def test_runs_are_listed_with_what_answers(world: World) -> None:
    run_id = world.result["run_id"]
    (found,) = json.loads(said(world.place, "runs", "--format", "json")[0])
    assert found == {
        "run_id": run_id,
        "date": world.result["date"],
        "source": "files:prices",
        "model": "gru",
        "published": False,
        "latest": True,
    }
    heads, row = said(world.place, "runs")
    assert heads.split() == ["run", "to", "source", "model"]
    assert row.split() == [run_id, world.result["date"], "files:prices", "gru", "latest"]


def test_what_is_published_and_what_is_latest_are_told_apart(stock: Place) -> None:
    found = list(csv.DictReader(said(stock, "runs", "--format", "csv")))
    published, latest = (Store(stock.store).run(which)["run_id"] for which in (None, "latest"))
    assert published != latest
    for mark, run_id in (("published", published), ("latest", latest)):
        assert [one["run_id"] for one in found if one[mark] == "True"] == [run_id]


def test_the_report_of_a_run_is_found(stock: Place, tmp_path: Path) -> None:
    (published,), (latest,) = said(stock, "report"), said(stock, "report", "--run", "latest")
    assert "/edition/" in published
    assert "/report/" in latest
    # A browser that notes what it is to open.
    browser = tmp_path / "browser"
    browser.write_text(f"#!/bin/sh\necho $1 > {tmp_path}/opened\n")
    browser.chmod(0o755)
    said(stock, "report", "--open", BROWSER=f"{browser} %s")
    assert (tmp_path / "opened").read_text().strip() == Path(published).as_uri()


def test_no_browser_is_told(stock: Place) -> None:
    done = stock.run("report", "--open", "--data-root", str(stock.store), BROWSER="absent", PATH="")
    assert done.returncode == 2
    assert "No browser was found" in done.stderr


@pytest.mark.parametrize("what", ["peers", "matrix", "forecasts", "embedding"])
def test_parquet_and_csv_have_the_same(world: World, tmp_path: Path, what: str) -> None:
    files = [tmp_path / f"{what}.{kind}" for kind in ("parquet", "csv")]
    for file in files:
        assert said(world.place, "export", what, "--to", str(file)) == [str(file)]
    packed = pd.read_parquet(files[0])
    assert len(packed)
    written = pd.read_csv(files[1], parse_dates=["date"] if what == "forecasts" else [])
    pd.testing.assert_frame_equal(packed, written, check_dtype=False, rtol=1e-5)
    assert sorted(tmp_path.iterdir()) == sorted(files)


def test_vectors_have_their_names_beside_them(world: World, tmp_path: Path) -> None:
    files = [tmp_path / "v.tsv", tmp_path / "v.metadata.tsv"]
    told = said(world.place, "export", "embedding", "--to", str(files[0]))
    assert told == [str(file) for file in files]
    vectors = pd.read_csv(files[0], sep="\t", header=None)
    named = pd.read_csv(files[1], sep="\t")
    assert len(vectors) == len(named)
    assert list(named)[:3] == ["symbol", "name", "sector"]
    assert vectors.notna().all(axis=None)


def test_as_many_peers_are_written_as_are_asked_for(world: World, tmp_path: Path) -> None:
    file = tmp_path / "peers.csv"
    said(world.place, "export", "peers", "--top", "2", "--to", str(file))
    assert pd.read_csv(file).groupby("symbol").size().max() == 2


def test_the_page_is_written_into_one_file(world: World, tmp_path: Path) -> None:
    file = tmp_path / "firms.html"
    done = world.place.run("export", "page", str(file), "--data-root", str(world.place.store))
    assert (done.returncode, done.stdout.split()) == (0, [str(file)]), done.stderr
    assert file.read_text().startswith("<!doctype html>")
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["peers", "--to", "a.json"], "name a file that ends on .parquet or .csv"),
        (["matrix", "--to", "a.tsv"], "name a file that ends on .parquet or .csv"),
        (["embedding", "--to", "a"], "ends on .parquet, .csv or .tsv"),
        (["peers", "--to", "absent/a.csv"], "is not there"),
        (["peers"], "Name one file to write: firmament export peers OUT."),
        (["peers", "a.csv", "--to", "b.csv"], "Name one file to write"),
        (["page", "a.csv"], "name a file that ends on .html"),
        (["page", "a.html", "--top", "1001"], "A page lists 1000 peers at most"),
        (["absent", "--to", "a.csv"], "WHAT takes peers, embedding, matrix, forecasts or page"),
    ],
)
def test_what_cannot_be_exported_is_refused(world: World, words: list[str], sentence: str) -> None:
    assert sentence in refused(world.place, "export", *words)


@pytest.mark.parametrize("words", [["runs"], ["report"], ["export", "peers", "--to", "a.csv"]])
def test_no_run_yet_is_told(world: World, tmp_path: Path, words: list[str]) -> None:
    done = world.place.run(*words, "--data-root", str(tmp_path / "empty"))
    assert done.returncode == 2
    assert "There is no run yet in " in done.stderr
    assert not (tmp_path / "empty").exists()


@pytest.mark.parametrize(("suffix", "begins"), [("png", b"\x89PNG"), ("html", b"<!doctype html>")])
def test_peers_are_drawn_the_same_again(
    world: World, tmp_path: Path, suffix: str, begins: bytes
) -> None:
    file = tmp_path / f"peers.{suffix}"
    asked = ("similar", "F01", "--bottom", "3", "--plot", str(file))
    assert said(world.place, *asked)[-1] == f"Plot: {file}"
    first = file.read_bytes()
    assert first.startswith(begins)
    said(world.place, *asked, "--format", "csv")
    assert file.read_bytes() == first
    assert list(tmp_path.iterdir()) == [file]


def test_a_pair_is_drawn_as_a_page(world: World, tmp_path: Path) -> None:
    file = tmp_path / "pair.html"
    said(world.place, "explain", "F01", "F04", "--plot", str(file))
    page = file.read_text()
    assert "F01 and F04: score" in page
    assert "http://" not in page.partition("<script")[0]


def test_a_picture_with_no_place_is_refused_before_any_work(world: World) -> None:
    sentence = refused(world.place, "similar", "F01", "--plot", "peers.gif")
    assert "name a file that ends on .png, .svg, .pdf or .html" in sentence


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_is_taught_to_complete(world: World, shell: str) -> None:
    assert any("_FIRMAMENT_COMPLETE" in line for line in said(world.place, "completion", shell))


def test_another_shell_is_refused(world: World) -> None:
    assert "SHELL takes bash, zsh or fish" in refused(world.place, "completion", "csh")


@pytest.mark.parametrize(
    ("typed", "completed"),
    [("firmament ex", ["explain", "export"]), ("firmament runs --fo", ["--format"])],
)
def test_what_a_shell_asks_is_completed(world: World, typed: str, completed: list[str]) -> None:
    asked = {"COMP_WORDS": typed, "COMP_CWORD": str(len(typed.split()) - 1)}
    done = world.place.run(_FIRMAMENT_COMPLETE="complete_bash", **asked)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == completed
