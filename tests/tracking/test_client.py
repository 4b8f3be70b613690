"""What a tracking store refuses, in one sentence."""

import os
import signal
from dataclasses import dataclass

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


@dataclass
class Asked:
    """Something that writes to a store, and is interrupted while it does."""

    uri: str
    written: bool = False

    @told
    def write(self) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        self.written = True


def test_an_interruption_waits_until_a_file_is_written() -> None:
    asked = Asked("sqlite:///runs.db")
    with pytest.raises(KeyboardInterrupt):
        asked.write()
    assert asked.written
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_interruption_does_not_wait_for_a_server() -> None:
    asked = Asked("http://127.0.0.1:9")
    with pytest.raises(KeyboardInterrupt):
        asked.write()
    assert not asked.written
