"""What a run tells scores of, a row each, in the order of its tables."""

from __future__ import annotations

from pipeline.outputs import Json

NETWORK = "network"
"""What the network is called beside the baselines' names."""
JOINED = "network_and_combination"
"""The equal-weight combination of the network and the baselines' combination."""


def run_rows(scores: Json, control: Json) -> dict[str, Json]:
    """Return name → scores of the network, of it joined, of the control and the baselines.

    Parameters
    ----------
    scores
        `Evaluated.scores`, or one of its `by_horizon`.
    control
        `Controlled.beside`; empty: there is none.
    """
    joined = {JOINED: scores["joined"]} if scores.get("joined") else {}
    own = {control["name"]: control} if control else {}
    return {NETWORK: scores, **joined, **own, **scores["baselines"]}
