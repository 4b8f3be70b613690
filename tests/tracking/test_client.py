"""What a tracking store refuses, in one sentence."""

import pytest
from mlflow.exceptions import MlflowException

from pipeline.errors import StoreError
from pipeline.tracking.client import told


@pytest.mark.parametrize("error", [MlflowException, OSError])
@pytest.mark.parametrize(
    "said",
    ["The disk is full", "The disk is full.", "The disk is full. Free it.", "The disk is full\n…"],
)
def test_a_refusal_is_told_by_its_first_sentence(error: type[Exception], said: str) -> None:
    @told
    def refuse() -> None:
        raise error(said)

    with pytest.raises(
        StoreError, match=r"while it was written \(The disk is full\): free or mend"
    ):
        refuse()
