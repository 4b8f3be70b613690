"""What MLflow is told of the course of trainings."""

from pipeline.comparison.tracked import _course
from pipeline.run import record


def test_an_entry_that_was_not_trained_has_no_curves() -> None:
    class Listener:
        def epochs(self, epochs: dict[int, object]) -> None:
            assert epochs == {}

    record.curves(_course([]), Listener())  # type: ignore[arg-type]
