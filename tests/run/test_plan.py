"""A plan is checked when it is made, and tells what a stage needs."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.errors import ConfigError, PlanError
from pipeline.outputs import Controlled
from pipeline.run.plan import Bench, Plan, Stage
from pipeline.stages import PLAN


@dataclass(frozen=True)
class One: ...


@dataclass(frozen=True)
class Two: ...


@dataclass(frozen=True)
class Three: ...


def nothing(bench: Bench) -> None: ...


FIRST = Stage("first", nothing, One)
SECOND = Stage("second", nothing, Two, needs=("first",))


def test_the_stages_are_in_the_order_in_which_they_were_given() -> None:
    plan = Plan("here:PLAN", [FIRST, SECOND])
    assert plan.names == ("first", "second")
    assert list(plan) == [FIRST, SECOND]
    assert plan.last is SECOND
    assert plan["first"] is plan.making(One) is FIRST


def test_what_a_stage_needs_is_all_that_comes_before_it_on_its_way() -> None:
    aside = Stage("aside", nothing, Three)
    plan = Plan("here:PLAN", [FIRST, aside, SECOND])
    assert plan.needed("second") == (FIRST, SECOND)
    assert plan.needed("aside") == (aside,)


@pytest.mark.parametrize(
    ("stages", "sentence"),
    [
        ([SECOND], "The stage second needs first, which the plan does not have"),
        ([SECOND, FIRST], "The stage second needs first, which is not before it"),
        (
            [Stage("first", nothing, One, needs=("second",)), SECOND],
            "The stage first needs second, which is not before it: .* break that circle",
        ),
        ([Stage("self", nothing, One, needs=("self",))], "needs self, which is not before it"),
        ([FIRST, FIRST], "The plan has two stages first: rename one"),
        ([FIRST, Stage("again", nothing, One)], "stages first and again both make One"),
    ],
    ids=["unknown", "later", "circle", "itself", "twice", "two makers"],
)
def test_a_plan_that_does_not_fit_together_is_refused(stages: list[Stage], sentence: str) -> None:
    with pytest.raises(PlanError, match=sentence):
        Plan("here:PLAN", stages)


def test_a_stage_that_there_is_not_is_told_with_those_there_are() -> None:
    plan = Plan("here:PLAN", [FIRST, SECOND])
    with pytest.raises(ConfigError, match="no stage 'third': choose from first, second"):
        plan["third"]
    with pytest.raises(ConfigError, match="no stage 'third'"):
        plan.needed("third")
    with pytest.raises(PlanError, match="No stage of the plan makes Three"):
        plan.making(Three)


def test_a_plan_is_found_where_it_says_it_is() -> None:
    assert Plan.at(PLAN.home) is PLAN


def test_what_comes_before_an_open_run_needs_nothing_that_comes_after() -> None:
    early = {stage.name for stage in PLAN if stage.before_run}
    assert early == {"ingest", "growth", "window"}
    for stage in PLAN:
        assert not stage.before_run or early.issuperset(stage.needs)


def test_a_network_of_other_days_stands_beside_no_control() -> None:
    bench: Any = SimpleNamespace(adopted={0: "a network of other days"})
    assert PLAN["control"].function(bench) == Controlled({})
    networks = PLAN["control"].networks
    assert networks is not None and list(networks(bench)) == []
