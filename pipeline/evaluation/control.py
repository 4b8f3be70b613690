"""How a network stands beside a control: what recurrence adds, of a single run."""

from __future__ import annotations

from pipeline.evaluation.beside import beside
from pipeline.evaluation.earned import defined, marked, scored
from pipeline.evaluation.scores import SCORES
from pipeline.outputs import Controlled, Evaluated

CONTROL = "linear"
"""The control of every run: trained in seconds, it says what the inputs of the day alone say."""


def controlled(network: Evaluated, name: str, control: Evaluated) -> Controlled:
    """Compare a network with a control that was trained alike, on the same inputs.

    Parameters
    ----------
    network, control
        Their forecasts of the same firm-days.
    name
        Of the control.

    Returns
    -------
    Controlled
        The control's scores, the ratio of the network's CRPS to the control's, its 95 % interval by
        redrawing blocks of days, and the Diebold–Mariano test that both are equal.
    """
    own, theirs = marked(network.forecasts), marked(control.forecasts)
    told = scored(theirs, [score for score in SCORES if score.run])
    told |= beside(own, theirs).told("crps_over_control", "dm_p_control")
    return Controlled({"name": name, **defined(told)})
