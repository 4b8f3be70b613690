"""Trainings on a Dask cluster: its workers share the store, and one that dies is replaced."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pipeline import errors
from pipeline.errors import ConfigError, EngineError, StoreError
from pipeline.run.flow import Flow
from pipeline.run.order import Order

if TYPE_CHECKING:
    from distributed import Client, Future

CONNECT = 10.0
"""Seconds in which a scheduler must answer."""
PATIENCE = 60.0
"""Seconds in which a cluster must get a worker, or an output appear on a network's file system."""
RETRIES = 3
"""Times that a training is tried again whose process died or had a fault: as often as Dask tries
again what a worker died over."""
AGAIN = "what was trained is kept; give the same command again"
SAME = "install the same firmament, Python and Dask on its machines as here"
LOST = f"The connection to the Dask scheduler was lost: {AGAIN} once it runs."


def scheduler_of(address: str) -> str:
    """Return the ``HOST:PORT`` of ``dask://HOST:PORT``.

    Raises
    ------
    ConfigError
        If the address is of another form.
    """
    try:
        parts = urlsplit(address.strip())
        whole = parts.scheme == "dask" and parts.hostname and parts.port and not parts.username
    except ValueError:  # the port is no number
        whole = False
    if not whole or parts.path.strip("/") or parts.query or parts.fragment:
        raise ConfigError(
            f"The engine '{address}' is unknown: write dask://HOST:PORT, the address of a Dask "
            "scheduler, or leave --engine out to train on this machine."
        )
    return parts.netloc


def connect(scheduler: str) -> Client:
    """Return a connection to a scheduler.

    Raises
    ------
    ConfigError
        If Dask is not installed.
    EngineError
        If nothing answers, or not a scheduler.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise ConfigError(
            "--engine dask:// needs the package distributed: install it with "
            "`pip install distributed`, or firmament with its extra `dask`."
        ) from error
    # What it would log, such as that the scheduler is gone, is told in a sentence of ours.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    try:
        return Client(scheduler, timeout=CONNECT, name="firmament")
    except (OSError, ValueError) as error:
        raise EngineError(
            f"No Dask scheduler answers at dask://{scheduler}: check the address, and that "
            "`dask scheduler` runs there."
        ) from error


def train_all(trainings: Sequence[Flow], scheduler: str) -> Iterator[None]:
    """Train and evaluate each of several flows; yields as each is done, in any order.

    Parameters
    ----------
    trainings
        The flows, whose outputs up to the baselines are in the store.
    scheduler
        ``HOST:PORT``. It gives the training of a worker that dies to another one.

    Raises
    ------
    EngineError
        If the scheduler or all workers are gone, a training's workers die one after another, or a
        worker has another firmament.
    StoreError
        If a worker has another store.
    FirmamentError
        What a training raises.
    """
    if not trainings:
        return
    with connect(scheduler) as client:
        orders = [Order.of(flow).to_json() for flow in trainings]
        futures = client.map(_task(), orders, pure=False, retries=RETRIES)
        flows = dict(zip(futures, trainings, strict=True))
        for future in _ended(client, futures):
            _check(future, flows[future])
            future.release()  # else it is made again where the worker that holds it dies
            yield


def _task() -> Callable[[str], dict[str, str] | None]:
    """Return what a worker does.

    Made within a function, it is sent as it is and not by its name: a scheduler needs no firmament
    then, and a worker that has none can say so. By name, both would fail to read the message.
    """

    def train(order: str) -> dict[str, str] | None:
        from pipeline.comparison.engines.apart import fulfil_apart

        return fulfil_apart(order)

    return train


def _ended(client: Client, futures: list[Future]) -> Iterator[Future]:
    """Yield each future as it has ended, well or not, as long as there is a worker."""
    from distributed import CancelledError, wait

    waiting, seen = set(futures), time.monotonic()
    try:
        while waiting:
            with suppress(TimeoutError):
                ended, waiting = wait(waiting, timeout=1.0, return_when="FIRST_COMPLETED")
                yield from ended
            if client.nthreads():
                seen = time.monotonic()
            elif time.monotonic() - seen > PATIENCE:
                raise EngineError(
                    f"The Dask cluster has had no worker for {PATIENCE:.0f} seconds: start some "
                    f"with `dask worker`, and {SAME}; {AGAIN}."
                )
    except (OSError, CancelledError) as error:
        raise EngineError(LOST) from error


def _check(future: Future, flow: Flow) -> None:
    """Make sure that a training's output is in the store, or raise why it is not."""
    from distributed import CancelledError, KilledWorker

    if _there(flow):
        return
    try:
        refusal = future.result()
    except CancelledError as error:
        raise EngineError(LOST) from error
    except KilledWorker as error:
        raise EngineError(
            "All workers that were given it died over a training one after another, perhaps for "
            f"want of memory: {AGAIN}, with more memory for each worker."
        ) from error
    except (ImportError, RuntimeError) as error:
        raise EngineError(
            "The Dask cluster cannot run what this firmament sends it "
            f"({' '.join(str(error).split()).partition('. ')[0]}): {SAME}."
        ) from error
    if refusal is not None:
        raise getattr(errors, refusal["kind"])(refusal["sentence"])
    _await(flow)


def _await(flow: Flow) -> None:
    """Wait for an output, which a network's file system may show late."""
    deadline = time.monotonic() + PATIENCE
    while not _there(flow):
        if time.monotonic() > deadline:
            raise StoreError(
                f"A worker has trained a network, but {flow.folder('evaluate')} is not there: "
                f"either it sees a copy of {flow.store.address} and not the same file system, or "
                "it has another version of firmament; mend that and give the same command again."
            )
        time.sleep(0.1)


def _there(flow: Flow) -> bool:
    return flow.store.has("evaluate", flow.fingerprints["evaluate"])
