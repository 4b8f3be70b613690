"""A cluster of two workers on the loopback, and the proof that firmament's schedule runs on it.

    python -m deploy.loopback up                 start PostgreSQL, Redis, S3, MLflow and Airflow
    python -m deploy.loopback run 2022-12-28     run a day on it, and tell where its tasks ran
    python -m deploy.loopback kill worker1       end a worker and all that it does, by SIGKILL
    python -m deploy.loopback revive worker1     start it again
    python -m deploy.loopback down               stop everything
    python -m deploy.loopback prove 2022-12-28   all of it: a day undisturbed, then the same day
                                                 from nothing with a worker killed while it trains

It needs `.venv` and `.airflow` of the checkout (`make run`, `make airflow`), and Debian's packages
postgresql and redis-server, which `up` installs where they are missing. All lies in `.cluster`;
what lay there before is cleared.
"""

from __future__ import annotations

import argparse
import sys
import time

from deploy.cluster import AIRFLOW, CHECKOUT, WORKERS, Cluster, install
from deploy.evening import Evening, Left
from deploy.processes import ClusterError, Processes

FOLDER = CHECKOUT / ".cluster"
SETTINGS = CHECKOUT / "deploy" / "settings.yaml"
DAY = "2022-12-28"
EPOCH = 2
"""The epoch in which a worker is killed."""


def up() -> Cluster:
    """Start a cluster in place of an earlier one."""
    began = time.monotonic()
    if not (AIRFLOW / "airflow").exists():
        raise ClusterError("There is no Airflow: give `make airflow` first")
    install()
    down()
    cluster = Cluster.laid(FOLDER)
    cluster.up(SETTINGS)
    say(
        f"up in {time.monotonic() - began:.0f} s; Airflow at {cluster.address('airflow')}, "
        f"MLflow at {cluster.address('mlflow')}"
    )
    return cluster


def down() -> None:
    """Stop whatever runs of a cluster; its files stay until the next one."""
    processes = Processes(FOLDER / "servers")
    for name in processes.names():
        processes.stop(name)


def prove(day: str) -> bool:
    """Run a day undisturbed, then from nothing with a worker killed; tell whether all is well."""
    try:
        undisturbed = Evening(up(), day).run()
        show("undisturbed", undisturbed)
        killer = Killer()
        disturbed = Evening(up(), day).run(killer)
        show("with a worker killed", disturbed)
    finally:
        down()
    findings = compare(undisturbed, disturbed, killer)
    for finding, true in findings.items():
        say(f"{'yes' if true else 'NO ':3}  {finding}")
    return all(findings.values())


class Killer:
    """Kills the first worker that is seen in the midst of a training, once."""

    def __init__(self) -> None:
        self.worker = ""
        self.model = ""

    def __call__(self, evening: Evening) -> None:
        """Look, and kill."""
        if self.worker:
            return
        for model, worker, epoch in evening.training():
            if epoch >= EPOCH:
                number = evening.cluster.processes.kill(worker)
                self.worker, self.model = worker, f"train {model}"
                say(
                    f"killed {worker} and what it ran ({number} processes), "
                    f"in epoch {epoch} of {self.model}"
                )
                return


def compare(undisturbed: Left, disturbed: Left, killer: Killer) -> dict[str, bool]:
    """Return what was to be proved, and whether it is so."""
    first, second = undisturbed.record, disturbed.record
    trained = [at for task, at in undisturbed.tries.items() if task.startswith("train ")]
    again = disturbed.tries.get(killer.model, [])
    moved = again[:1] == [killer.worker] and again[-1:] != [killer.worker]
    names = ", ".join(name for name in undisturbed.files if name != "summary.json")
    same = f"the published files are the same byte by byte, but for seconds of training ({names})"
    return {
        "undisturbed, the trainings ran on both workers": set().union(*trained) == set(WORKERS),
        f"{killer.model} was killed on {killer.worker}, and done by the other worker": moved,
        "the stages' fingerprints are the same": first["fingerprints"] == second["fingerprints"],
        "the decision is the same": first["decision"] == second["decision"],
        "the published record is the same": first == second,
        same: undisturbed.files == disturbed.files,
        "no MLflow run is left running": not (undisturbed.running or disturbed.running),
    }


def show(title: str, left: Left) -> None:
    """Print where each task of an evening ran."""
    say(f"{title}: {left.seconds:.0f} s")
    for task, workers in left.tries.items():
        say(f"     {task:12} {', then '.join(workers)}")


def say(sentence: str) -> None:
    """Print a line at once."""
    print(sentence, flush=True)


def main() -> int:
    """Do what the command line asks; the exit status."""
    parser = argparse.ArgumentParser(
        prog="deploy.loopback",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("up", "down", "run", "prove", "kill", "revive"):
        command = commands.add_parser(name)
        if name in ("run", "prove"):
            command.add_argument("date", nargs="?", default=DAY)
        if name in ("kill", "revive"):
            command.add_argument("worker", choices=WORKERS)
    asked = parser.parse_args()
    try:
        return do(asked)
    except ClusterError as error:
        print(f"deploy: {error}", file=sys.stderr)
        return 1


def do(asked: argparse.Namespace) -> int:
    """Do a command; the exit status."""
    if asked.command == "prove":
        return 0 if prove(asked.date) else 1
    if asked.command == "up":
        try:
            up()
        except BaseException:
            down()
            raise
    elif asked.command == "down":
        down()
    elif asked.command == "run":
        show(asked.date, Evening(Cluster.found(FOLDER), asked.date).run())
    elif asked.command == "kill":
        Cluster.found(FOLDER).processes.kill(asked.worker)
    else:
        cluster = Cluster.found(FOLDER)
        cluster.processes.start(cluster.worker(asked.worker, SETTINGS))
    return 0


if __name__ == "__main__":
    sys.exit(main())
