"""The leaderboard's columns: scores of entries alone, of several side by side, and facts.

`BESIDE` is what `leaderboard` and `beside_baselines` make where several stand side by side,
`FACTS` what a training took.
"""

from __future__ import annotations

from pipeline.evaluation.score import Metric, Place, Score
from pipeline.evaluation.scores import SCORES

REFERENCE = "garch"
"""The baseline that ratios, shares of firms and `dm_p_garch` are relative to."""

BESIDE = (
    Score(
        "crps_skill",
        "skill",
        "beside the best",
        "high",
        "1 − CRPS over that of the best baseline",
        ".1%",
        columns=(),
        table=None,
        printed=(),
    ),
    Score(
        "crps_interval",
        "95 %",
        "interval",
        "neither",
        "of the CRPS, by redrawing blocks of days; wide, as all models share wild and calm days",
        "",
        run=False,
        columns=("crps_low", "crps_high"),
        table="skill",
        printed=("board",),
        heading="95 %",
        need=7,
    ),
    Score(
        "crps_ratio",
        "ratio",
        "to GARCH",
        "low",
        "CRPS over that of GARCH; below 1 is better",
        ".4f",
        run=False,
        ahead=True,
        table="skill",
        printed=("board", "ahead"),
        heading="of GARCH",
        need=1,
    ),
    Score(
        "crps_ratio_interval",
        "95 %",
        "of the ratio",
        "neither",
        "of the ratio, by redrawing blocks of days for both at once",
        "",
        run=False,
        columns=("crps_ratio_low", "crps_ratio_high"),
        table="skill",
        printed=(),
    ),
    Score(
        "dm_p_garch",
        "p",
        "beside GARCH",
        "neither",
        "Diebold–Mariano test of equal CRPS with GARCH: how often chance alone would make a "
        "difference as large",
        "p",
        run=False,
        ahead=True,
        table="skill",
        printed=("board", "ahead"),
        heading="p (GARCH)",
        need=2,
    ),
    Score(
        "firms_better",
        "firms",
        "below GARCH",
        "high",
        "share of firms whose CRPS is lower than under GARCH",
        ".0%",
        run=False,
        table="skill",
        printed=("board",),
        heading="firms better",
        need=5,
    ),
    Score(
        "dm_p_holm",
        "p (Holm)",
        "beside the best",
        "neither",
        "Diebold–Mariano test against the baseline of the lowest CRPS, corrected for as many tests "
        "as there are networks",
        "p",
        run=False,
        columns=("dm_p", "dm_p_holm"),
        table="skill",
        printed=("board",),
        heading="p (best)",
        need=3,
    ),
    Score(
        "crps_over_best",
        "ratio",
        "to the best",
        "low",
        "CRPS over that of the baseline of the lowest CRPS, of networks and controls",
        ".4f",
        run=False,
        table="skill",
        printed=(),
    ),
    Score(
        "crps_over_best_interval",
        "95 %",
        "of the ratio to the best",
        "neither",
        "of this ratio",
        "",
        run=False,
        columns=("crps_over_best_low", "crps_over_best_high"),
        table="skill",
        printed=(),
    ),
    Score(
        "crps_over_control",
        "ratio",
        "to the control",
        "low",
        "CRPS of a network over that of the control of the lowest CRPS: below 1, recurrence adds "
        "something",
        ".4f",
        run=False,
        table="skill",
        printed=("board",),
        heading="of control",
        need=1,
    ),
    Score(
        "crps_over_control_interval",
        "95 %",
        "of the ratio to the control",
        "neither",
        "of this ratio",
        "",
        run=False,
        columns=("crps_over_control_low", "crps_over_control_high"),
        table="skill",
        printed=(),
    ),
    Score(
        "dm_p_control",
        "p",
        "beside the control",
        "neither",
        "Diebold–Mariano test of a network against this control",
        "p",
        run=False,
        table="skill",
        printed=("board",),
        heading="p (control)",
        need=2,
    ),
    Score(
        "inside",
        "in set",
        "90 %",
        "neither",
        "whether it is in the model confidence set, which holds the best of all with 90 % "
        "confidence",
        "",
        run=False,
        columns=("set_p",),
        table="skill",
        printed=("board",),
        heading="in set",
        need=4,
    ),
    Score(
        "fallbacks",
        "fell back",
        "firms",
        "neither",
        "firms that a baseline could not be fitted to and for which a plainer forecast stands in, "
        "counted over folds",
        ".0f",
        run=False,
        table="calibration",
        printed=(),
    ),
)
"""What is told of an entry beside others; `fallbacks` is told by the baseline itself."""
FACTS = (
    Metric("parameters", "parameters", "", "neither", "of the network", ",.0f"),
    Metric("seconds", "seconds", "a training", "low", "validation included", ",.1f"),
    Metric(
        "targets_per_second",
        "targets",
        "a second",
        "high",
        "growth rates that it was fitted to in a second",
        ",.0f",
    ),
    Metric(
        "epochs",
        "epochs",
        "",
        "neither",
        "epochs that validation watched, each of so many sequences or windows",
        ".1f",
    ),
    Metric("clipped_share", "clipped", "steps", "neither", "share of clipped gradients", ".0%"),
)
"""What a training took, logged under `cost/`."""
COLUMNS = (*SCORES, *BESIDE)
BY_KEY = {score.key: score for score in COLUMNS}
AHEAD = tuple(score for score in COLUMNS if score.ahead)
"""What is told of each day ahead."""


def printed(place: Place) -> list[Score]:
    """Return the columns of a table, the most needed first; of a run in the table's order."""
    told = AHEAD if place == "ahead" else COLUMNS
    shown = [score for score in told if place in score.printed]
    return shown if place == "run" else sorted(shown, key=lambda score: score.need)
