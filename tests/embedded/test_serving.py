"""What an operator meets: starting, stopping, and everything that can be in the way."""

import asyncio
import os
import signal
import socket
from pathlib import Path

import asyncpg
import pytest

from tests.embedded.conftest import Serve
from tests.fixtures.servers import Servers
from tests.fixtures.serving import CHILDREN, free_port, is_alive

STOP_ORDER = ("api", "worker-1", "valkey", "postgres")
REFUSED = 1  # the stand-ins' exit code for a SetupError


def test_a_line_a_step_then_the_ready_line_then_three_requests(serve: Serve) -> None:
    serving = serve()
    serving.await_line("curl ")
    steps = [
        "data in",
        "starting postgres",
        "migrating",
        "starting valkey",
        "starting worker-1",
        "ready",
        "WORKFLOW=$(",
    ]
    assert [line.startswith(step) for line, step in zip(serving.printed, steps, strict=False)] == [True] * len(steps)
    assert serving.printed[5] == f"ready http://127.0.0.1:{serving.port}"
    assert serving.printed[7].startswith("RUN=$(curl ")


def test_a_folder_that_does_not_exist_is_made(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    serving = serve(tmp_path / "data" / "new")
    serving.await_ready()
    assert serving.pids()


def test_every_process_has_a_pid_file_that_names_it(serve: Serve) -> None:
    serving = serve()
    serving.await_ready()
    assert all(is_alive(pid) for pid in serving.pids().values())
    assert len(set(serving.pids().values())) == len(CHILDREN)


def test_a_terminal_reaches_the_supervisor_alone(serve: Serve) -> None:
    serving = serve()
    serving.await_ready()
    assert {os.getsid(pid) for pid in serving.pids().values()} == set(serving.pids().values())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_all_in_order_and_ends_well(serve: Serve, number: signal.Signals) -> None:
    serving = serve()
    serving.await_ready()
    pids = serving.pids()
    assert serving.end(number) == 0
    assert serving.output().splitlines()[-4:] == [f"stopped {child}" for child in STOP_ORDER]
    assert not any(is_alive(pid) for pid in pids.values())
    assert not list((serving.data_dir / "run").glob("*.pid"))


def test_under_nohup_it_outlives_its_terminal(serve: Serve) -> None:
    serving = serve(hangups=signal.SIG_IGN)
    serving.await_ready()
    serving.process.send_signal(signal.SIGHUP)
    os.kill(serving.pid("worker-1"), signal.SIGKILL)
    serving.await_line("worker-1 ended")  # it still looks after its children
    assert serving.end() == 0


def test_a_signal_while_it_starts_stops_what_had_started(serve: Serve) -> None:
    serving = serve()
    serving.await_line("migrating")
    pid = serving.pid("postgres")
    assert serving.end() == 0
    assert not is_alive(pid)
    assert "ready" not in serving.output()


def test_the_next_start_has_the_data_and_the_secrets(serve: Serve) -> None:
    first = serve()
    first.await_ready()
    token_secret = (first.data_dir / "secrets" / "token-secret").read_text()
    asyncio.run(_remember(first.data_dir))
    first.end()
    second = serve(port=first.port)
    second.await_ready()
    assert asyncio.run(_recall(second.data_dir)) == "kept"
    assert (second.data_dir / "secrets" / "token-secret").read_text() == token_secret


def test_nobody_else_may_read_the_data(serve: Serve) -> None:
    serving = serve()
    serving.await_ready()
    closed = [serving.data_dir, *serving.data_dir.glob("secrets/*"), serving.data_dir / "run" / "sockets"]
    assert [path.stat().st_mode & 0o077 for path in closed] == [0] * len(closed)


def test_a_second_server_on_the_same_folder_is_refused_and_the_first_goes_on(serve: Serve) -> None:
    first = serve()
    first.await_ready()
    second = serve()
    assert f"already running on {first.data_dir}, process {first.process.pid}" in second.output()
    assert second.process.returncode == REFUSED
    assert all(is_alive(pid) for pid in first.pids().values())


def test_a_taken_port_is_refused_before_anything_starts(serve: Serve) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        serving = serve(port=holder.getsockname()[1])
        assert serving.output() == (
            f"refused: Port {serving.port} on 127.0.0.1 cannot be used (Address already in use); "
            "stop the program that has it, or choose another address with --host and --port."
        )
    assert not any(line.startswith("starting") for line in serving.printed)


def test_an_unreachable_database_url_is_refused_in_one_sentence(serve: Serve) -> None:
    nobody = f"postgresql://virga:pw@127.0.0.1:{free_port()}/virga"
    serving = serve(environment={"DATABASE_URL": nobody})
    assert serving.output().splitlines()[-1].startswith("refused: The database of DATABASE_URL cannot be reached: ")
    assert "virga:pw" not in serving.output()
    assert serving.process.returncode == REFUSED


def test_named_servers_are_used_and_none_is_started(
    serve: Serve, servers: Servers, redis_url: str, tmp_path: Path
) -> None:
    database = servers.database("served")
    serving = serve(tmp_path / "new", environment={"DATABASE_URL": database, "REDIS_URL": redis_url})
    serving.await_ready()
    assert not any(line.startswith(("starting postgres", "starting valkey")) for line in serving.printed)
    assert not (serving.data_dir / "postgres").exists()


def test_a_wrong_setting_is_refused_before_anything_starts(serve: Serve) -> None:
    serving = serve(environment={"VIRGA_LOG_LEVEL": "loud"})
    assert "LOG_LEVEL" in serving.output()
    assert not any(line.startswith("starting") for line in serving.printed)


def test_a_data_folder_that_is_a_file_is_refused(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    serving = serve()
    assert serving.output() == f"refused: The data folder {tmp_path / 'data'} cannot be used: File exists."


async def _remember(data_dir: Path) -> None:
    connection = await _connect(data_dir)
    await connection.execute("CREATE TABLE remembered AS SELECT 'kept' AS it")
    await connection.close()


async def _recall(data_dir: Path) -> object:
    connection = await _connect(data_dir)
    it: object = await connection.fetchval("SELECT it FROM remembered")
    await connection.close()
    return it


async def _connect(data_dir: Path) -> "asyncpg.Connection":
    password = (data_dir / "secrets" / "postgres-password").read_text().strip()
    sockets = str((data_dir / "run" / "sockets").resolve() / "postgres")
    return await asyncpg.connect(user="virga", password=password, database="virga", host=sockets)
