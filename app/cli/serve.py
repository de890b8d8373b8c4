"""Runs everything on one machine: embedded servers where none are named, migrations, the API and workers."""

import os
import signal
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from app.cli.address import Address
from app.cli.first_steps import requests
from app.cli.token import find_issuer, make_token
from app.core.clock import Clock
from app.core.config import load_settings
from app.core.errors import SetupError
from app.core.supervision import GRACE_SECONDS
from app.embedded.credentials import EmbeddedSecrets, ensure_secrets
from app.embedded.folder import DataFolder
from app.embedded.output import Output
from app.embedded.postgres import Postgres
from app.embedded.processes import find_by_pid_file
from app.embedded.service import Program
from app.embedded.supervisor import StopRequested, Supervisor
from app.embedded.valkey import Valkey

ProgramsOf = Callable[[Address, Path], list[Program]]  # what runs, given an address and a folder for logs

_TOKEN_SECONDS = 86_400
_METRICS_VARIABLE = "VIRGA_METRICS__BIND"
_EMBEDDED = {"postgres.pid", "valkey.pid"}  # these look after what an earlier start left behind


def programs(workers: int) -> ProgramsOf:
    """Return what makes the processes of the product: `workers` workers and the API, which stops before them."""

    def make(address: Address, logs: Path) -> list[Program]:
        names = [f"worker-{number}" for number in range(1, workers + 1)]
        made = [
            Program(name, ["-m", "worker"], Output(logs / f"{name}.log"), own_settings=_metrics(number))
            for number, name in enumerate(names, 1)
        ]
        api = ["-m", "app.cli.api", *address.options()]
        ready = partial(address.answers, "/health/ready")
        return [*made, Program("api", api, Output(logs / "api.log"), ready, _metrics(0))]

    return make


def serve(address: Address, data_dir: Path, programs: ProgramsOf) -> None:
    """Serve until a signal comes. Raises `SetupError` where it cannot begin."""
    folder = DataFolder(data_dir)
    folder.open()
    try:
        _serve(folder, address, programs)
    except StopRequested:
        pass
    except PermissionError as error:
        raise SetupError(
            f"{error.filename} cannot be used: it belongs to another user, or is closed to you."
        ) from error
    finally:
        folder.close()


def _serve(folder: DataFolder, address: Address, programs: ProgramsOf) -> None:
    _await_leftovers(folder.run)
    address = address.settled()
    secrets = ensure_secrets(folder.secrets, data=folder.postgres)
    sockets = folder.sockets()
    databases, queues = _name_database(folder, sockets, secrets), _name_queue(folder, sockets)
    for name, value in {**secrets.environment(), "VIRGA_PUBLIC_URL": address.url}.items():
        os.environ[name] = os.environ.get(name) or value  # set but empty is not set
    load_settings()  # what is wrong there is said before anything starts
    _say(f"data in {folder.path}")
    with Supervisor(folder.run, _say, Clock()) as supervisor:
        _start_servers(supervisor, databases)
        _migrate(supervisor, folder)
        _start_servers(supervisor, queues)
        _start_programs(supervisor, programs(address, folder.log))
        _greet(address, folder.path)
        supervisor.watch()


def _name_database(folder: DataFolder, sockets: Path, secrets: EmbeddedSecrets) -> list[Postgres]:
    """Return the server that is needed because nobody named one, and name it."""
    if _names("DATABASE_URL"):
        return []
    log = folder.log / "postgres.log"
    postgres = Postgres(folder.postgres, sockets / "postgres", log, password=secrets.postgres_password)
    os.environ["DATABASE_URL"] = postgres.url
    return [postgres]


def _name_queue(folder: DataFolder, sockets: Path) -> list[Valkey]:
    """Do the same for the queue."""
    if _names("REDIS_URL"):
        return []
    valkey = Valkey(folder.valkey, sockets, folder.log / "valkey.log")
    os.environ["REDIS_URL"] = valkey.url
    return [valkey]


def _start_servers(supervisor: Supervisor, servers: Sequence[Postgres | Valkey]) -> None:
    for server in servers:
        _say(f"starting {server.name}")
        server.prepare()
        supervisor.start(server)


def _migrate(supervisor: Supervisor, folder: DataFolder) -> None:
    _say("migrating the database")
    output = Output(folder.log / "migrate.log")
    if supervisor.complete(["-m", "app.cli", "migrate"], output):
        raise SetupError(output.last_words())


def _metrics(number: int) -> dict[str, str]:
    """Return a metrics address of its own for each process: the named port is the API's, the workers' follow."""
    host, _, port = os.environ.get(_METRICS_VARIABLE, "").rpartition(":")
    return {_METRICS_VARIABLE: f"{host}:{int(port) + number}"} if port.isdecimal() and int(port) else {}


def _start_programs(supervisor: Supervisor, programs: Sequence[Program]) -> None:
    _say(f"starting {', '.join(program.name for program in programs)}")
    supervisor.start(*programs)


def _greet(address: Address, data_dir: Path) -> None:
    try:
        token = make_token(find_issuer(data_dir), "me", "default", (), _TOKEN_SECONDS)
    except SetupError:  # tokens come from elsewhere
        token = "<a token of your issuer>"  # noqa: S105 -- a place to put one
    _say(f"ready {address.url}")
    _say(requests(address.url, token, address.tls_cert))


def _await_leftovers(run_folder: Path) -> None:
    """Wait for what a killed supervisor left behind: it ends by itself, but may still hold the port."""
    for file in run_folder.glob("*.pid"):
        process = find_by_pid_file(file) if file.name not in _EMBEDDED else None
        if process is not None and not process.wait(GRACE_SECONDS + 1):
            process.stop(signal.SIGKILL, 1)


def _names(variable: str) -> bool:
    return any(os.environ.get(name) for name in (variable, f"VIRGA_{variable}"))


def _say(line: str) -> None:
    try:
        print(line, flush=True)  # noqa: T201 -- a command line speaks
    except OSError:  # nobody listens any more, which is no reason to leave servers running
        with Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), sys.stdout.fileno())
