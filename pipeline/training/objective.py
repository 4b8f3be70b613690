"""What a training step minimises: the likelihood of what came, and a penalty on locations."""

from __future__ import annotations

from typing import Any

from keras import ops

from models import negative_log_likelihood


def weighted_loss(target: Any, forecast: Any) -> tuple[Any, Any]:
    """Return the mean negative log-likelihood over known targets, and their number.

    Parameters
    ----------
    target
        (…), NaN where there is none: such a place has no weight, and no gradient.
    forecast
        (…, 4).
    """
    known = ops.isfinite(target)
    losses = negative_log_likelihood(ops.where(known, target, 0.0), forecast)
    number = ops.sum(ops.cast(known, "float32"))
    total = ops.sum(ops.where(known, losses, 0.0))
    return total / ops.maximum(number, 1.0), number


def location_variance(target: Any, forecast: Any) -> Any:
    """Return the variance of locations in scales over known targets.

    Firms of one day share most of what moves them, so a few thousand days are all that a location
    can be learnt from, however many firms there are: without a penalty a network learns by heart
    which days rose. A weight λ on this variance is the prior that locations are normal around
    their mean with standard deviation 1 / √(2 λ) scales (ridge, whose intercept is free; Hoerl
    and Kennard, Technometrics 12, 1970): how far prices drift upwards all days together tell. The
    scale is taken as given: widening it is no way to bring locations together.

    Parameters
    ----------
    target
        (…), NaN where there is none.
    forecast
        (…, 4).
    """
    known = ops.cast(ops.isfinite(target), "float32")
    number = ops.maximum(ops.sum(known), 1.0)
    ratio = forecast[..., 0] / ops.stop_gradient(forecast[..., 1])
    distance = ratio - ops.sum(known * ratio) / number
    return ops.sum(known * distance * distance) / number
