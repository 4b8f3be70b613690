from pipeline.evaluation.rows import run_rows

SCORES = {"crps": 2.0, "baselines": {"garch": {"crps": 3.0}, "har": {"crps": 4.0}}}


def test_the_rows_of_a_run_are_in_order() -> None:
    told = SCORES | {"joined": {"crps": 1.9}}
    rows = run_rows(told, {"name": "linear", "crps": 2.5})
    assert list(rows) == ["network", "network_and_combination", "linear", "garch", "har"]
    assert [row["crps"] for row in rows.values()] == [2.0, 1.9, 2.5, 3.0, 4.0]


def test_what_there_is_not_has_no_row() -> None:
    assert list(run_rows(SCORES | {"joined": {}}, {})) == ["network", "garch", "har"]
    assert list(run_rows(SCORES, {})) == ["network", "garch", "har"]
