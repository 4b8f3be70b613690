"""Questions over HTTP, to a real run."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator

import pandas as pd
import pytest
import requests
from conftest import World
from listening import listening

from pipeline.service import examples
from pipeline.service.edition import Editions
from pipeline.store import Store

RANGE = {"start": "2016", "end": "2016-12-31"}


@pytest.fixture(scope="module")
def address(world: World) -> Iterator[str]:
    with listening(Editions(Store(world.place.store))) as found:
        yield found


def ask(address: str, question: str, **given: object) -> dict:
    reply = requests.get(f"{address}/api/{question}", params=given, timeout=30)
    assert reply.status_code == 200, reply.text
    return reply.json()


def refused(address: str, question: str, **given: object) -> tuple[int, str]:
    reply = requests.get(f"{address}/api/{question}", params=given, timeout=30)
    assert reply.headers["content-type"] == "application/problem+json"
    told = reply.json()
    assert told["status"] == reply.status_code
    assert told["instance"] == f"/api/{question}"
    return reply.status_code, told["detail"]


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("similar?symbol=f01&top=3&start=2016&end=2016-12-31", "similar f01 --top 3"),
        (
            "similar?symbol=F01&symbol=F04&top=3&start=2016&end=2016-12-31",
            "similar F01 F04 --top 3",
        ),
        ("explain?one=F01&other=F04&start=2016&end=2016-12-31", "explain F01 F04"),
        ("history?symbol=F01&top=2&start=2016&end=2016-12-31", "history F01 --top 2"),
    ],
)
def test_answers_are_those_of_the_command_line(
    world: World, address: str, question: str, words: str
) -> None:
    span = ("--from", "2016", "--to", "2016-12-31")
    done = world.place.run(*words.split(), *span, "--format", "json", *world.place.places)
    assert done.returncode == 0, done.stderr
    expected = json.loads(done.stdout)
    found = ask(address, question)
    expected.pop("plot", None)
    assert set(found) == set(expected)
    for row, other in zip(found.pop("peers", []), expected.pop("peers", []), strict=True):
        # The command line has all measures beside, which the service has if asked for.
        assert row == {name: pytest.approx(other[name], abs=1e-5) for name in row}
    assert json.dumps(found, sort_keys=True)[:200] == json.dumps(expected, sort_keys=True)[:200]


def test_a_firm_is_found_and_told(address: str) -> None:
    found = ask(address, "firms", query="firm f03")["firms"]
    assert [firm["symbol"] for firm in found] == ["F03"]
    told = ask(address, "firms/f03", **RANGE)
    assert (told["symbol"], told["name"]) == ("F03", "Firm F03")
    assert 200 < told["days"] < 300
    assert told["volatility"] > 0.0


def test_a_table_is_csv_where_that_is_asked_for(address: str) -> None:
    given = {"symbol": "F01", "top": 3}
    by_suffix = requests.get(f"{address}/api/similar.csv", params=given, timeout=30)
    by_header = requests.get(
        f"{address}/api/similar", params=given, headers={"accept": "text/csv"}, timeout=30
    )
    assert by_suffix.headers["content-type"] == "text/csv; charset=utf-8"
    assert by_suffix.text == by_header.text
    table = pd.read_csv(io.StringIO(by_suffix.text))
    rows = ask(address, "similar", **given)["peers"]
    assert table["symbol"].tolist() == [row["symbol"] for row in rows]


@pytest.mark.parametrize(
    ("accepted", "kind"),
    [
        ("text/csv, */*;q=0.1", "text/csv"),
        ("application/json;q=0.5, text/csv;q=0.9", "text/csv"),
        ("text/csv;q=0.2, application/json", "application/json"),
        ("text/csv;q=0", "application/json"),
        ("text/csv;q=much, */*", "application/json"),
        ("text/html,*/*;q=0.8", "application/json"),
    ],
)
def test_the_form_that_is_wanted_more_is_given(address: str, accepted: str, kind: str) -> None:
    reply = requests.get(
        f"{address}/api/firms", params={"query": "f01"}, headers={"accept": accepted}, timeout=30
    )
    assert reply.headers["content-type"].startswith(kind)


def test_ranks_by_other_measures_come_if_asked_for(address: str) -> None:
    row = ask(address, "similar", symbol="F01", beside=["pearson", "scaled"])["peers"][0]
    assert {"pearson", "pearson_rank", "scaled_rank"} <= set(row)
    assert not [
        name for name in ask(address, "similar", symbol="F01")["peers"][0] if "pear" in name
    ]


def test_forecasts_and_growth_are_in_percent_if_asked_for(address: str) -> None:
    rows = ask(address, "forecasts", symbol="F01", unit="percent")["forecasts"]
    assert {row["symbol"] for row in rows} == {"F01"}
    assert all(-50 < row["q05"] < row["q95"] < 50 for row in rows)
    grown = ask(address, "growth", symbol=["F01", "F02"], last=5)
    assert [one["symbol"] for one in grown["growth"]] == ["F01", "F02"]
    assert len(grown["dates"]) == len(grown["growth"][0]["percent"]) == 5


def test_every_example_has_what_an_answer_has(address: str) -> None:
    asked = {
        "firms": ({"query": "f0"}, examples.FIRMS),
        "firms/F01": ({}, examples.FIRM),
        "similar": ({"symbol": "F01"}, examples.SIMILAR),
        "explain": ({"one": "F01", "other": "F04"}, examples.EXPLAIN),
        "history": ({"symbol": "F01"}, examples.HISTORY),
        "course": ({"symbol": "F01", "other": "F04"}, examples.COURSE),
        "growth": ({"symbol": "F01"}, examples.GROWTH),
        "matrix": ({}, examples.MATRIX),
        "forecasts": ({}, examples.FORECASTS),
        "map": ({"draws": 1}, examples.MAP),
        "validation": ({}, examples.VALIDATION),
        "quality": ({}, examples.QUALITY),
        "runs": ({}, examples.RUNS),
    }
    described = requests.get(f"{address}/openapi.json", timeout=30).json()["paths"]
    assert {path.removeprefix("/api/") for path in described if path.startswith("/api/")} == {
        name.replace("F01", "{symbol}") for name in asked
    }
    for question, (given, example) in asked.items():
        answer = ask(address, question, **given)
        assert set(example) <= set(answer), question
        for name, rows in example.items():
            if (
                isinstance(rows, list)
                and rows
                and isinstance(rows[0], dict)
                and question != "validation"
            ):
                assert set(rows[0]) <= set(answer[name][0]), (question, name)


def test_what_makes_no_sense_is_a_problem_in_one_sentence(address: str) -> None:
    status, sentence = refused(address, "similar", symbol="F99")
    assert status == 404
    assert sentence.startswith("There is no firm 'F99' among the 12 firms; did you mean")
    assert refused(address, "similar", symbol="F01", start="soon")[0] == 400
    assert refused(address, "similar", symbol="F01", measure="luck")[0] == 400
    status, sentence = refused(address, "similar")
    assert (status, sentence) == (422, "The question makes no sense: symbol field required.")
    assert (
        "top should be greater than or equal to 1"
        in refused(address, "similar", symbol="F01", top=0)[1]
    )
    assert refused(address, "nothing")[0] == 404


NONSENSE = (
    *("\x00", "%00", "F01\n", "'; DROP TABLE firms; --", "../../etc/passwd", "💥" * 20, "é", "NaN"),
    *("-1", "9" * 64, "\u202eF01", "<script>", "{{7*7}}", "F01,F02", " ", "null"),
)


def test_nonsense_is_refused_and_breaks_nothing(address: str) -> None:
    for word in NONSENSE:
        for question, given in (
            ("similar", {"symbol": word}),
            ("similar", {"symbol": "F01", "start": word}),
            ("similar", {"symbol": "F01", "sector": word, "cap": word, "top": word}),
            ("explain", {"one": word, "other": "F01", "end": word}),
            ("firms", {"query": word, "limit": word}),
            (f"firms/{requests.utils.quote(word, safe='')}", {}),
            ("forecasts", {"symbol": word, "unit": word}),
            ("map", {"draws": word}),
        ):
            reply = requests.get(f"{address}/api/{question}", params=given, timeout=30)
            assert reply.status_code < 500, (question, word, reply.text)
            assert "Traceback" not in reply.text
    many = {"symbol": [f"F{number:02d}" for number in range(51)]}
    assert requests.get(f"{address}/api/similar", params=many, timeout=30).status_code == 422
    for path in ("/static/../page.html.jinja", "/static/%2e%2e/page.html.jinja", "/api/../../x"):
        session = requests.Session()
        asked = requests.Request("GET", address + "/").prepare()
        asked.url = address + path  # as it is: libraries would tidy it
        assert session.send(asked, timeout=30).status_code in (400, 404)
    assert requests.post(f"{address}/api/similar", timeout=30).status_code == 405
    assert requests.get(f"{address}/healthz", timeout=30).json()["status"] == "ok"
