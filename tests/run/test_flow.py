"""What is there is reused, what is stale is made again, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from command import QUICK, SEEN, Place, planted
from toy import PLAN

from pipeline.errors import ConfigError
from pipeline.outputs import Evaluated, Grown, Trained
from pipeline.run.flow import Flow
from pipeline.run.order import Order
from pipeline.settings.load import load
from pipeline.settings.settings import Settings
from pipeline.watch import Silence


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return planted(tmp_path_factory.mktemp("flow"), firms=5)


def settings(place: Place, *assignments: str, **options: Any) -> Settings:
    places = {"source": f"files:{place.prices}", "data_root": str(place.store)}
    return load(None, [*QUICK[1::2], *SEEN[1::2], *assignments], places | options)


def flow(place: Place, *assignments: str) -> Flow:
    return Flow(PLAN, settings(place, *assignments), Silence())


def made(flow: Flow, name: str) -> set[str]:
    """The stages that reaching one has made anew."""
    flow.reach(name)
    return {name for name, how in flow.stages.items() if not how["reused"]}


@pytest.fixture(scope="module")
def first(place: Place) -> Flow:
    done = flow(place)
    assert made(done, "report") == {*PLAN.names} - {"forecast"}
    return done


def test_only_what_a_stage_needs_is_made(place: Place, tmp_path: Path) -> None:
    other = Flow(PLAN, settings(place, data_root=str(tmp_path)), Silence())
    assert made(other, "train") == {"ingest", "growth", "window", "train"}
    assert not other.whole()


def test_what_is_there_is_reused_and_reads_the_same(place: Place, first: Flow) -> None:
    again = flow(place)
    assert made(again, "report") == set()
    assert again.fingerprints == first.fingerprints
    assert again.made(Evaluated).scores == first.made(Evaluated).scores
    assert again.made(Grown) is again.made(Grown)  # it is read once
    assert again.opened().made(Grown) is not again.made(Grown)


@pytest.mark.parametrize(
    ("assignment", "stale"),
    [
        ("report.firms=2", {"report"}),
        ("study.draws=300", {"study", "report"}),
        ("embed.block_days=42", {"embed", "study", "report"}),
        (
            "model.units=3",
            {*PLAN.names[PLAN.names.index("train") :]} - {"forecast", "embed", "study"},
        ),
        ("evaluate.ewma_decay=0.9", {"baselines", "evaluate", "control", "report"}),
        ("growth.risk_free=0.01", {*PLAN.names} - {"ingest", "forecast"}),
    ],
)
@pytest.mark.usefixtures("first")
def test_a_setting_makes_stale_what_depends_on_it(
    place: Place, assignment: str, stale: set[str]
) -> None:
    assert made(flow(place, assignment), "report") == stale


def test_a_network_of_other_days_is_adopted(place: Place, first: Flow) -> None:
    known = flow(place, "train.seed=7")
    known.reach("train")
    adopted = first.adopt(known.settings, {7: known.fingerprints["train"]})
    assert made(adopted, "evaluate") == {"evaluate"}
    assert adopted.made(Trained).network == known.made(Trained).network


def test_baselines_are_taken_as_they_are_by_a_process_that_is_told_to(
    place: Place, first: Flow
) -> None:
    raw = first.vary(settings(place, "window.features=raw"), Silence())
    assert raw.fingerprints["baselines"] != first.fingerprints["baselines"]
    taking = raw.take({"baselines": first.fingerprints["baselines"]})
    told = Order.from_json(Order.of(taking).to_json()).flow("evaluate")
    assert told.fingerprints == taking.fingerprints
    assert made(told, "evaluate") == {"window", "train", "evaluate"}
    theirs = told.made(Evaluated).scores["baselines"]
    assert theirs == first.made(Evaluated).scores["baselines"]


def test_a_control_of_an_adopted_network_is_trained_on_the_days_of_the_flow(first: Flow) -> None:
    adopted = first.adopt(first.settings, {0: "a network of other days"})
    assert adopted.fingerprints["train"] == "a network of other days"
    control = adopted.other("linear")
    assert control.fingerprints == first.other("linear").fingerprints
    assert control.settings.model.name == "linear"


def test_what_was_made_is_told_with_its_settings_and_needs(first: Flow) -> None:
    told = first.about("evaluate")
    assert told["stage"] == "evaluate"
    assert told["fingerprint"] == first.fingerprints["evaluate"]
    assert set(told["settings"]) == {"evaluate"}
    assert told["needs"] == {name: first.fingerprints[name] for name in PLAN["evaluate"].needs}


@pytest.mark.usefixtures("first")
def test_other_prices_are_another_origin(place: Place, tmp_path: Path) -> None:
    other = planted(tmp_path, firms=6)
    moved = settings(place, source=f"files:{other.prices}")
    assert Flow(PLAN, moved, Silence()).fingerprints["ingest"] != flow(place).fingerprints["ingest"]


def test_a_stage_that_there_is_not_is_refused(place: Place) -> None:
    with pytest.raises(ConfigError, match="no stage 'reprot': choose from ingest"):
        flow(place).reach("reprot")
