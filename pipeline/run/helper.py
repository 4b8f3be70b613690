"""A process beside a run, which makes meanwhile what the run needs later.

Baselines are fitted on one core, and a network's graph is made and compiled on one: beside one
another they take half the time. Nothing depends on the helper: what it has not made when it is
needed, since it died or was refused something, the run makes itself, and tells of what is wrong.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Condition, Thread

from pipeline import cores
from pipeline.garbage import collect_rarely
from pipeline.outputs import Trained
from pipeline.run.child import end_with_parent, started
from pipeline.run.flow import Flow
from pipeline.run.order import Order

Output = tuple[str, str]
"""A stage's name and fingerprint."""


@contextmanager
def helped(flow: Flow) -> Iterator[None]:
    """Let a process make what a flow needs later, where there is a core for it.

    It is worth its start where the flow's own network is still to be trained. With the run it
    ends, however that ends.
    """
    orders = _orders(flow)
    training = flow.plan.making(Trained).name
    if not orders or cores.count() == 1 or flow.store.has(training, flow.fingerprints[training]):
        yield
        return
    # Threads that multiply matrices wait for each other at full speed: were there more of them than
    # cores, all would take many times as long.
    its = max(1, cores.count() // 2)
    limits = {"LOKY_MAX_CPU_COUNT": str(its), "OPENBLAS_NUM_THREADS": str(its)}
    # In a session of its own: an interruption is the run's alone.
    with (
        cores.threads(max(1, cores.count() - its), "blas"),
        started(
            "pipeline.run.helper", limits, stderr=subprocess.DEVNULL, start_new_session=True
        ) as process,
    ):
        helper = flow.helper = _Helper(process, orders)
        try:
            yield
        finally:
            helper.end()


class _Helper:
    """The helper, as the run sees it."""

    def __init__(self, process: subprocess.Popen[str], orders: dict[Output, Order]) -> None:
        self._process = process
        self._ordered, self._coming = frozenset(orders), set(orders)
        self._told = Condition()
        self._ear = Thread(target=self._listen, daemon=True)
        lines = [f"{name} {order.to_json()}\n" for (name, _), order in orders.items()]
        with suppress(BrokenPipeError):
            process.stdin.write(f"{len(lines)}\n{''.join(lines)}")  # type: ignore[union-attr]
            process.stdin.flush()  # type: ignore[union-attr]
        self._ear.start()

    def makes(self, name: str, fingerprint: str) -> bool:
        """Say whether an output is still to come."""
        return (name, fingerprint) in self._coming

    def wait(self, name: str, fingerprint: str) -> bool:
        """Wait until an output is made, or the helper has ended; say whether it was ordered."""
        with self._told:
            self._told.wait_for(lambda: not self.makes(name, fingerprint))
        return (name, fingerprint) in self._ordered

    def _listen(self) -> None:
        """Take down what is made, until the helper has ended."""
        for told in self._process.stdout:  # type: ignore[union-attr]
            with self._told:
                self._coming.discard(tuple(json.loads(told)))
                self._told.notify_all()
        with self._told:
            self._coming.clear()
            self._told.notify_all()

    def end(self) -> None:
        """End the helper and its own processes, whatever they are doing."""
        with suppress(BrokenPipeError):
            self._process.stdin.close()  # type: ignore[union-attr]
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGTERM)
        self._ear.join()


def _orders(flow: Flow) -> dict[Output, Order]:
    """List what is missing of what may be made beside a run, in the order in which it is needed."""
    wanted = [(flow, stage.name) for stage in flow.plan if stage.beside]
    for stage in flow.plan:
        if stage.networks and not flow.store.has(stage.name, flow.fingerprints[stage.name]):
            trained = flow.plan.making(Trained).name
            wanted += [(other, trained) for other in stage.networks(flow)]
    outputs = {(name, each.fingerprints[name]): each for each, name in wanted}
    return {
        output: Order.of(each) for output, each in outputs.items() if not each.store.has(*output)
    }


def main() -> None:
    """Make what is ordered on standard input, and tell on standard output what is made."""
    collect_rarely()
    number = int(sys.stdin.readline())
    orders = [sys.stdin.readline().split(" ", 1) for _ in range(number)]
    end_with_parent(lambda: os.killpg(0, signal.SIGTERM))
    for name, text in orders:
        order = Order.from_json(text)
        order.flow(name).reach(name)
        print(json.dumps([name, order.fingerprints[name]]), flush=True)


if __name__ == "__main__":
    main()
