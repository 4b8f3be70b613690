"""What is ranked of a training: what it took, as far as that is known."""

import numpy as np
import pandas as pd

from pipeline.comparison.ranking import cost
from pipeline.outputs import Trained


def test_where_nothing_was_trained_what_it_took_is_unknown() -> None:
    history = pd.DataFrame({"epoch": [0], "clipped_share": [np.nan]})
    summary = {"parameters": 9, "seconds": 1.0, "targets_per_second": None, "epochs": 0}
    told = cost(Trained(b"", history, summary))
    assert (told["parameters"], told["epochs"]) == (9.0, 0.0)
    assert np.isnan([told["targets_per_second"], told["clipped_share"]]).all()
