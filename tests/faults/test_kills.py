"""Runs that are killed wherever it could matter; see `make faults`."""

from __future__ import annotations

import random

import pytest
from scene import Scene

pytestmark = pytest.mark.full

RECORDED = {
    "comparison": [
        ("after MlflowClient.create_run", 1),
        ("after MlflowClient.set_terminated FINISHED", 2),
        ("before MlflowClient.log_artifact network.keras", 1),
        ("after MlflowClient.log_text about.json", 1),
        ("before MlflowClient.create_model_version", 1),
        ("after MlflowClient.create_model_version", 1),
        ("after MlflowClient.set_tag forecaster", 1),
        ("after MlflowClient.set_terminated FINISHED", 6),
        ("before Claims.release run-…", 1),
        ("after MlflowClient.set_registered_model_alias challenger", 1),
        ("before Store.keep 2016-04-07", 2),
        ("after Path.replace 2016-04-07.json", 2),
    ],
    "decision": [
        ("after MlflowClient.create_run", 7),
        ("before MlflowClient.set_tag whole", 1),
        ("after MlflowClient.set_tag whole", 1),
        ("before MlflowClient.set_registered_model_alias champion", 1),
        ("after MlflowClient.set_registered_model_alias champion", 1),
        ("after MlflowClient.set_terminated FINISHED", 7),
        ("before Claims.release turn-daily", 5),
    ],
    "publication": [
        ("before Store._commit edition", 1),
        ("after Store._commit edition", 1),
        ("after MlflowClient.create_run", 8),
        ("before MlflowClient.log_artifact peers.parquet", 1),
        ("before MlflowClient.set_terminated FINISHED", 8),
        ("after MlflowClient.set_terminated FINISHED", 8),
        ("before Store.keep …", 1),
        ("before Store.keep published", 1),
        ("before Path.replace published.json", 1),
        ("after Path.replace published.json", 1),
        ("before Claims.release turn-daily", 8),
    ],
}
"""Places between a run's end, a decision, an alias and what is published, each with the time that
it is passed."""


def test_at_the_end_of_every_stage_and_step(scene: Scene) -> None:
    told = dict.fromkeys(
        moment
        for moment in scene.moments
        if moment.startswith(("after Screen.step", "before _done", "after _done"))
        and moment.split()[-2:-1] in (["1"], ["_done"])
        and "(reused)" not in moment
    )
    for moment in told:
        scene.kill(moment)
    scene.ends_well()


@pytest.mark.parametrize(
    ("moment", "times"), [place for places in RECORDED.values() for place in places]
)
def test_between_what_is_recorded(prepared: Scene, moment: str, times: int) -> None:
    prepared.kill(moment, times)
    prepared.ends_well()


@pytest.mark.parametrize("seed", range(2))
def test_at_random(scene: Scene, seed: int) -> None:
    draw = random.Random(seed)
    for _ in range(8):
        # Further than the longest stage takes, or none would ever be passed.
        scene.kill_after(draw.uniform(0.0, 2.0))
    scene.ends_well()


def test_while_another_goes_on(scene: Scene) -> None:
    killed, other = scene.start(scene.today), scene.start(scene.today)
    scene.kill_when(killed, "train: done")
    assert scene.nursery.wait(other).status == 0
    scene.ends_well()


def test_two_runs_at_once_are_one(scene: Scene) -> None:
    children = [scene.start(scene.today) for _ in range(2)]
    assert [scene.nursery.wait(child).status for child in children] == [0, 0]
    scene.ends_well()
