"""What disturbs the run of a day leaves what was published; the next run makes all good.

This is the short form; `make faults` does the rest.
"""

from __future__ import annotations

import pandas as pd
from scene import Scene

PLACES = [
    "after Screen.step baselines 1 1",
    "before Store._commit train",
    "after MlflowClient.create_model_version",
    "before MlflowClient.set_registered_model_alias champion",
    "after _done report",
    "before Path.replace published.json",
]


def test_a_run_that_is_killed_again_and_again(scene: Scene) -> None:
    for place in PLACES:
        scene.kill(place)
    scene.ends_well()


def test_a_source_that_has_half_of_the_firms(prepared: Scene) -> None:
    file = prepared.place.prices / "prices.parquet"
    whole = file.read_bytes()
    prices = pd.read_parquet(file)
    prices[prices["symbol"].isin(["F00", "F01", "F02"])].to_parquet(file, index=False)
    prepared.refused(prepared.daily(prepared.today), "for 3 of the 6 firms that had one on")
    file.write_bytes(whole)
    # The prices of half of the firms are kept, and count for nothing.
    prepared.ends_well(beside="ingest")
