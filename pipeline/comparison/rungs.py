"""What a comparison trains and judges: entries of its leaderboard, and rungs of a ladder."""

from __future__ import annotations

from pipeline.evaluation.entry import kind_of
from pipeline.evaluation.ladder import ALL, RAW, Rung
from pipeline.settings.settings import Settings

SHOWN = (1, 2, 5, 20)
"""Last days that networks are shown, as far as they are fewer than the lookback."""


def rungs(settings: Settings) -> list[Rung]:
    """List what is judged, in the order of the ladder: controls, then networks, each from below.

    Without `compare.ladder` these are the entries of the leaderboard alone, in the order in which
    they are asked for.
    """
    asked = settings.compare
    if not asked.ladder:
        return [Rung(name) for name in asked.trained]
    raw = [RAW] if settings.window.features != (RAW,) else []
    found = []
    for name in sorted(asked.trained, key=lambda name: kind_of(name) == "network"):
        found += [Rung(name, inputs) for inputs in raw]
        if kind_of(name) == "network":
            days = [days for days in SHOWN if days < settings.window.lookback]
            found += [Rung(name, ALL, count) for count in days]
        found.append(Rung(name))
    return found


def settings_of(rung: Rung, fold: Settings, seed: int) -> Settings:
    """Return the settings of a rung in a fold: all that it differs in is a setting."""
    changed = {
        "model": fold.model.of(rung.architecture),
        "train": fold.train.model_copy(update={"seed": seed}),
    }
    if rung.inputs == RAW:
        changed["window"] = fold.window.model_copy(update={"features": (RAW,)})
    if rung.days is not None:
        changed["evaluate"] = fold.evaluate.model_copy(update={"shown_days": rung.days})
    return fold.model_copy(update=changed)
