"""Baselines without their fits, which tests of baselines look at: a page looks like any other's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from pipeline.evaluation.baselines import BASELINES, Given
from pipeline.evaluation.baselines.given import Outlook
from pipeline.evaluation.forecasts import FirmDays
from pipeline.evaluation.student import symmetric

FITTED = (
    *("ar", "ridge", "har", "log_har", "log_har_firms", "hmm", "egarch"),
    *("garch", "garch_refitted", "gjr_garch", "skew_garch"),
)


@contextmanager
def unfitted() -> Iterator[None]:
    """Let what is fitted for long be the running volatility, one a little wider than the other."""

    def wide(factor: float, given: Given, days: FirmDays) -> Outlook:
        scale = factor * given.unit[days.origin, days.firm]
        return Outlook(symmetric(0.01 * scale, scale, np.full(len(scale), 5.0)))

    with pytest.MonkeyPatch.context() as patch:
        for number, name in enumerate(FITTED):
            if name in BASELINES:
                method = partial(wide, 0.8 + 0.02 * number)
                patch.setitem(BASELINES, name, replace(BASELINES[name], method=method))
        yield
