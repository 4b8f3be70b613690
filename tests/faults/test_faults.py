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


def test_half_of_the_firms_and_then_killed_again_and_again(scene: Scene) -> None:
    file = scene.place.prices / "prices.parquet"
    whole = file.read_bytes()
    prices = pd.read_parquet(file)
    prices[prices["symbol"].isin(["F00", "F01", "F02"])].to_parquet(file, index=False)
    scene.refused(scene.daily(scene.today), "for 3 of the 6 firms that had one on")
    file.write_bytes(whole)
    for place in PLACES:
        scene.kill(place)
    # The prices of half of the firms are kept, and count for nothing.
    scene.ends_well(beside="ingest")
