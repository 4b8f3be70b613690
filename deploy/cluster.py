"""A cluster on the loopback: what runs in it, where, and with which settings.

Everything lies in one folder, `.cluster` of the checkout:

| what | who uses it |
| --- | --- |
| `postgres/` | PostgreSQL: databases of Airflow, of Celery's results, and of MLflow |
| `mlflow/` | the MLflow server's artifacts |
| `airflow/` | Airflow's scheduler, DAG processor and server |
| `worker1/`, `worker2/` | a worker's own disk: home, temporary files, mirror, logs |
| `servers/` | process ids and logs |

Redis and the S3 server keep all in memory. The workers share the programs, as if the same were
installed on both, and nothing else but these servers.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import urllib.request
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from deploy.processes import ClusterError, Processes, Server, Words

CHECKOUT = Path(__file__).resolve().parents[1]
FIRMAMENT = CHECKOUT / ".venv" / "bin"
AIRFLOW = CHECKOUT / ".airflow" / "venv" / "bin"
HOST = "127.0.0.1"
WORKERS = ("worker1", "worker2")
BUCKET = "firmament"
DATABASES = ("airflow", "celery", "mlflow")
SERVERS = ("postgres", "redis", "s3", "mlflow", "airflow")
"""What listens on a port."""
PACKAGES = {"postgresql": "initdb", "redis-server": "redis-server"}
"""Debian's packages that are installed where they are missing, and a program of each."""
OWN = ("AIRFLOW", "FIRMAMENT", "MLFLOW", "AWS", "PYTHONPATH")
"""How variables begin that the cluster does not take over from whoever starts it."""


@dataclass(frozen=True)
class Cluster:
    """Where a cluster lies and how its parts reach each other.

    Parameters
    ----------
    folder
        All of it lies there.
    ports
        Of each of `SERVERS`, on the loopback.
    secret
        Password and key of everything; it is kept in `cluster.json` for the owner alone.
    """

    folder: Path
    ports: Mapping[str, int]
    secret: str

    @classmethod
    def laid(cls, folder: Path) -> Cluster:
        """Clear a folder, choose free ports, and write both down."""
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(mode=0o711)
        cluster = cls(folder, _free_ports(), secrets.token_hex(32))
        note = folder / "cluster.json"
        note.touch(0o600)
        note.write_text(json.dumps({**asdict(cluster), "folder": str(folder)}))
        return cluster

    @classmethod
    def found(cls, folder: Path) -> Cluster:
        """Return the cluster that was laid in a folder."""
        try:
            noted = json.loads((folder / "cluster.json").read_text())
        except FileNotFoundError:
            raise ClusterError(
                f"There is no cluster in {folder}: start one with the command up"
            ) from None
        return cls(Path(noted["folder"]), noted["ports"], noted["secret"])

    @property
    def processes(self) -> Processes:
        """The servers that run."""
        return Processes(self.folder / "servers")

    def address(self, server: str) -> str:
        """Return the HTTP address of a server."""
        return f"http://{HOST}:{self.ports[server]}"

    def database(self, name: str) -> str:
        """Return the address of a database, with the driver that both environments have."""
        place = f"{HOST}:{self.ports['postgres']}"
        return f"postgresql+psycopg2://cluster:{self.secret}@{place}/{name}"

    def up(self, settings: Path) -> None:
        """Start everything, and make what it needs: databases, a bucket.

        Parameters
        ----------
        settings
            A YAML file of firmament's settings.
        """
        start = self.processes.start
        start(self._postgres(), self._redis(), self._s3())
        client = {**base(), "PGPASSWORD": self.secret}
        place = ["-h", HOST, "-p", str(self.ports["postgres"]), "-U", "cluster"]
        for name in DATABASES:
            run([program("createdb"), *place, name], client)
        bucket = urllib.request.Request(f"{self.address('s3')}/{BUCKET}", method="PUT")
        urllib.request.urlopen(bucket).close()
        run([AIRFLOW / "airflow", "db", "migrate"], self._airflow())
        start(self._mlflow(), self._part("api-server"))
        start(
            self._part("scheduler", "--skip-serve-logs"),
            self._part("dag-processor"),
            *(self.worker(name, settings) for name in WORKERS),
        )

    def worker(self, name: str, settings: Path) -> Server:
        """Return one of Airflow's workers, which does one task at a time.

        It knows Redis, the database of results and Airflow's server, but not Airflow's database.
        """
        disk = self.folder / name
        places = {place: disk / place for place in ("home", "tmp", "work", "mirror", "airflow")}
        for place in places.values():
            place.mkdir(parents=True, exist_ok=True)
        environment = {
            **self._celery(),
            **self.store(),
            "AIRFLOW_HOME": str(places["airflow"]),
            "AIRFLOW_VAR_FIRMAMENT_FOLDER": str(places["work"]),
            "AIRFLOW_VAR_FIRMAMENT_CONFIG": str(settings),
            "FIRMAMENT_DATA_ROOT": f"s3://{BUCKET}/store",
            "FIRMAMENT_MIRROR_ROOT": str(places["mirror"]),
            "FIRMAMENT_TRACKING_URI": self.address("mlflow"),
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "HOME": str(places["home"]),
            "TMPDIR": str(places["tmp"]),
        }
        words: Words = ["celery", "worker", "--celery-hostname", name, "--concurrency", "1"]
        log = self.processes.log(name)
        return Server(
            name,
            [AIRFLOW / "airflow", *words, "--skip-serve-logs"],
            environment,
            places["work"],
            lambda: f"{name} ready" in log.read_text(errors="replace"),
        )

    def store(self) -> dict[str, str]:
        """Return what leads the AWS tools to the S3 server."""
        return {
            "AWS_ENDPOINT_URL": self.address("s3"),
            "AWS_ACCESS_KEY_ID": "cluster",
            "AWS_SECRET_ACCESS_KEY": self.secret,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_CONFIG_FILE": "none",
            "AWS_SHARED_CREDENTIALS_FILE": "none",
        }

    def _postgres(self) -> Server:
        """Make the files of a PostgreSQL, which refuses to run as root; return its server."""
        user = "postgres" if os.geteuid() == 0 else None
        data, password = self.folder / "postgres", self.folder / "password"
        data.mkdir(mode=0o700)
        password.touch(0o600)
        password.write_text(self.secret)
        if user:
            shutil.chown(data, user, user)
            shutil.chown(password, user, user)
        words: Words = ["-D", data, "-U", "cluster", "--auth=scram-sha-256", f"--pwfile={password}"]
        run([program("initdb"), *words, "--encoding=UTF8", "--no-sync"], base(), data, user)
        password.unlink()
        options = {
            "listen_addresses": HOST,
            "port": self.ports["postgres"],
            "unix_socket_directories": "",
            "fsync": "off",
        }
        settings = [word for key, value in options.items() for word in ("-c", f"{key}={value}")]
        command: Words = [program("postgres"), "-D", data, *settings]
        return Server("postgres", command, base(), data, self._open("postgres"), user)

    def _redis(self) -> Server:
        """Return a Redis that keeps nothing on the disk."""
        settings = self.folder / "redis.conf"
        settings.touch(0o600)
        port = self.ports["redis"]
        settings.write_text(f'bind {HOST}\nport {port}\nrequirepass {self.secret}\nsave ""\n')
        command: Words = [program("redis-server"), settings]
        return Server("redis", command, base(), self.folder, self._open("redis"))

    def _s3(self) -> Server:
        """Return an S3 server that keeps all in memory."""
        words: Words = ["-m", "moto.server", "-H", HOST, "-p", str(self.ports["s3"])]
        command: Words = [FIRMAMENT / "python", *words]
        return Server("s3", command, base(), self.folder, self._open("s3"))

    def _mlflow(self) -> Server:
        """Install the driver of MLflow's database beside its environment; return its server."""
        packages, place = self.folder / "packages", self.folder / "mlflow"
        place.mkdir()
        driver: Words = ["pip", "install", "--quiet", "--require-hashes", "--target", packages]
        python: Words = [
            "--python",
            FIRMAMENT / "python",
            "-r",
            CHECKOUT / "deploy/requirements.txt",
        ]
        run([FIRMAMENT / "uv", *driver, *python], dict(os.environ))
        environment = {
            **base(),
            "PATH": f"{FIRMAMENT}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(packages),
            "MLFLOW_BACKEND_STORE_URI": self.database("mlflow"),
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        }
        words: Words = [
            "server",
            "--host",
            HOST,
            "--port",
            str(self.ports["mlflow"]),
            "--workers",
            "1",
        ]
        artifacts: Words = ["--serve-artifacts", "--artifacts-destination", place / "artifacts"]
        command: Words = [FIRMAMENT / "mlflow", *words, *artifacts]
        return Server("mlflow", command, environment, place, self._open("mlflow"))

    def _part(self, name: str, *options: str) -> Server:
        """Return a part of Airflow that belongs to no worker."""
        home = self.folder / "airflow"
        ready = self._open("airflow") if name == "api-server" else lambda: True
        command: Words = [AIRFLOW / "airflow", name, *options]
        return Server(name, command, self._airflow(), home, ready)

    def _airflow(self) -> dict[str, str]:
        """Return the environment of those parts of Airflow that know its database."""
        home = self.folder / "airflow"
        home.mkdir(exist_ok=True)
        passwords = home / "passwords.json"
        passwords.touch(0o600)
        passwords.write_text(json.dumps({"admin": self.secret}))
        return {
            **self._celery(),
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": self.database("airflow"),
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
            "AIRFLOW__API__HOST": HOST,
            "AIRFLOW__API__PORT": str(self.ports["airflow"]),
            "AIRFLOW__API__SECRET_KEY": self.secret,
            "AIRFLOW__API_AUTH__JWT_SECRET": self.secret,
            # Only what is asked for is run, however late it is for the schedule.
            "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
            "AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE": "False",
            # A dead worker is noticed after one minute in place of five, and its task is tried
            # again after seconds, whatever the schedule's own delay is.
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "60",
            "AIRFLOW__CORE__MAX_TASK_RETRY_DELAY": "10",
        }

    def _celery(self) -> dict[str, str]:
        """Return the environment that all parts of Airflow have."""
        results = self.database("celery")
        return {
            **base(),
            "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
            "AIRFLOW__CORE__DAGS_FOLDER": str(CHECKOUT / "dags"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{self.address('airflow')}/execution/",
            "AIRFLOW__CELERY__BROKER_URL": f"redis://:{self.secret}@{HOST}:{self.ports['redis']}/0",
            "AIRFLOW__CELERY__RESULT_BACKEND": f"db+{results}",
            # A loaded machine answers late.
            "AIRFLOW__CELERY__OPERATION_TIMEOUT": "30",
            "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "60",
        }

    def _open(self, server: str) -> partial[bool]:
        return partial(_listens, self.ports[server])


def base() -> dict[str, str]:
    """Return the caller's environment without what would lead out of the cluster."""
    return {key: value for key, value in os.environ.items() if not key.startswith(OWN)}


def program(name: str) -> Path:
    """Return where a program lies; PostgreSQL's are not on the path in Debian."""
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    found = shutil.which(name, path=os.pathsep.join([*map(str, places), os.environ["PATH"]]))
    if found is None:
        raise ClusterError(f"There is no program {name}: install {' and '.join(PACKAGES)}")
    return Path(found)


def install() -> None:
    """Install Debian's packages where they are missing, and stop the services that come along."""
    for package, name in PACKAGES.items():
        try:
            program(name)
        except ClusterError:
            if os.geteuid() != 0:
                raise
            options = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
            run(["apt-get", "update"], options)
            run(["apt-get", "install", "-y", "--no-install-recommends", package], options)
            subprocess.run(["service", package, "stop"], check=False, capture_output=True)


def run(
    words: Words,
    environment: Mapping[str, str],
    folder: Path | None = None,
    user: str | None = None,
) -> None:
    """Run a program to its end.

    Raises
    ------
    ClusterError
        If it fails; with the end of what it said.
    """
    command = list(map(str, words))
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        user=user,
        group=user,
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        said = (done.stdout + done.stderr)[-2000:]
        raise ClusterError(f"{command[0]} ended with {done.returncode}: {said}")


def _listens(port: int) -> bool:
    with socket.create_connection((HOST, port), 5):
        return True


def _free_ports() -> dict[str, int]:
    """Return a free port of the loopback for each server, all different."""
    sockets = [socket.create_server((HOST, 0)) for _ in SERVERS]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return dict(zip(SERVERS, ports, strict=True))
