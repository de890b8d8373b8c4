"""What dies is started again, and nothing outlives the supervisor."""

import os
import signal
import subprocess

import psutil
import pytest

from app.embedded.binaries import postgres_bin
from app.embedded.identity import choose
from app.embedded.processes import launched, server_environment
from tests.embedded.conftest import Serve
from tests.fixtures.serving import CHILDREN, Serving, is_alive, wait_until


@pytest.mark.parametrize("child", CHILDREN)
def test_a_killed_child_is_started_again(serve: Serve, child: str) -> None:
    serving = serve()
    serving.await_ready()
    others = serving.pids()
    killed = others.pop(child)
    os.kill(killed, signal.SIGKILL)
    assert serving.await_line(f"{child} ended") == f"{child} ended (SIGKILL); starting it again in 1 s"
    wait_until(lambda: serving.pid(child) != killed and is_alive(serving.pid(child)))
    assert all(serving.pid(name) == pid for name, pid in others.items())
    assert serving.end() == 0


def test_a_killed_supervisor_takes_all_its_children_along(serve: Serve) -> None:
    serving = serve()
    serving.await_ready()
    pids = serving.pids()
    serving.process.kill()
    wait_until(lambda: not any(is_alive(pid) for pid in pids.values()))


def test_after_a_killed_supervisor_the_same_folder_and_port_serve_again_at_once(serve: Serve) -> None:
    first = serve()
    first.await_ready()
    first.process.kill()
    first.process.wait()
    second = serve(port=first.port)
    second.await_ready()
    assert second.end() == 0


def test_a_postgres_that_somebody_restarted_is_taken_over(serve: Serve) -> None:
    serving = serve()
    serving.await_ready()
    restarted = _restart_postgres(serving)
    serving.await_line("postgres ended")
    wait_until(lambda: serving.pid("postgres") == restarted)
    assert is_alive(restarted)
    assert serving.end() == 0
    assert not is_alive(restarted)


def test_a_postgres_that_was_taken_over_ends_with_a_killed_supervisor(serve: Serve) -> None:
    serving = serve()
    serving.await_ready()
    restarted = _restart_postgres(serving)
    wait_until(lambda: serving.pid("postgres") == restarted)
    serving.process.kill()
    wait_until(lambda: not is_alive(restarted))


def test_a_lock_file_whose_number_another_process_has_now_is_survived(serve: Serve) -> None:
    first = serve()
    first.await_ready()
    lock_file = first.data_dir / "postgres" / "postmaster.pid"
    lock = lock_file.read_text().splitlines()
    first.end()
    lock_file.write_text("\n".join([str(os.getpid()), *lock[1:]]) + "\n")
    second = serve(port=first.port)
    second.await_ready()
    assert second.end() == 0


def _restart_postgres(serving: Serving) -> int:
    """Do what an operator does with pg_ctl, as the user that Postgres runs as; return the new server's number."""
    data = serving.data_dir / "postgres"
    before = serving.pid("postgres")
    identity = choose(postgres_bin(), data)
    command = [str(identity.programs / "pg_ctl"), "-D", str(data), "-w", "restart", "-m", "immediate"]
    subprocess.run(
        launched(command, identity.flags, signal.SIGKILL),
        env=server_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    restarted = int((data / "postmaster.pid").read_text().split()[0])
    assert restarted != before
    assert psutil.Process(restarted).cwd() == str(data)
    return restarted
