"""What a search has found, as YAML for `--config`, as a table and as plain values."""

from __future__ import annotations

from typing import Any

import pandas as pd
import yaml

from pipeline.passwords import masked
from pipeline.run.record import PLACES
from pipeline.tuning.tune import Tried, Tuned
from pipeline.words import number, plural


def sentence(tuned: Tuned) -> str:
    """Say what was found, and how much better than what was given."""
    best, first = tuned.best, tuned.trials[0]
    model, tried = tuned.flow.settings.model.name, plural(len(tuned.trials), "trial")
    loss = f"validation loss {number(best.loss, '.4f')}"
    if best is first:
        return f"Best of {tried} of {model}: the settings as they were given, {loss}."
    return (
        f"Best of {tried} of {model}: the {_ordinal(best.number)}, {loss}; the settings as they "
        f"were given have {number(first.loss, '.4f')}."
    )


def as_yaml(tuned: Tuned) -> str:
    """Return the best settings, those that are not the default's, ready for `--config`.

    Where outputs lie is not among them, and passwords are masked.
    """
    plain = tuned.settings.model_dump(mode="json", exclude_defaults=True, exclude=set(PLACES))
    if "source" in plain:
        plain["source"] = masked(plain["source"])
    told = yaml.safe_dump(plain, sort_keys=False, width=10_000) if plain else ""
    return f"# {sentence(tuned)}\n{told}"


def trials(tuned: Tuned) -> pd.DataFrame:
    """Return a row a trial: `trial state valid_loss epochs seconds` and the settings drawn."""
    return pd.DataFrame([_row(one) | one.drawn for one in tuned.trials])


def as_json(tuned: Tuned, run_id: str) -> dict[str, Any]:
    """Return what was found as plain values."""
    return {
        "run_id": run_id,
        "model": tuned.flow.settings.model.name,
        "trial": tuned.best.number,
        "valid_loss": tuned.best.loss,
        "given_valid_loss": tuned.trials[0].loss,
        "settings": tuned.best.drawn,
        "yaml": as_yaml(tuned),
        "trials": [
            {
                **_row(one),
                "settings": one.drawn,
                "losses": list(one.losses.values()),
                **({"refused": one.refused} if one.refused else {}),
            }
            for one in tuned.trials
        ],
    }


def _row(one: Tried) -> dict[str, Any]:
    return {
        "trial": one.number,
        "state": one.state,
        "valid_loss": one.loss,
        "epochs": len(one.losses),
        "seconds": round(one.seconds, 3),
    }


def _ordinal(place: int) -> str:
    """Write a place as 1st, 2nd, 3rd, 4th."""
    teen = place % 100 in (11, 12, 13)
    return f"{place}{'th' if teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(place % 10, 'th')}"
