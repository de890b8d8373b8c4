"""How a supervised process ends with its supervisor: by a pipe that closes when the supervisor is gone."""

import os
import signal
import threading
import time

SUPERVISOR_VARIABLE = "VIRGA_SUPERVISOR_FD"
GRACE_SECONDS = 3.0  # to end in good order; the next supervisor waits for us that long


def follow_supervisor() -> None:
    """End this process soon after its supervisor, if it has one."""
    named = os.environ.get(SUPERVISOR_VARIABLE)
    if named is not None:
        threading.Thread(target=_end_with, args=(int(named),), name="supervision", daemon=True).start()


def _end_with(pipe: int) -> None:
    os.read(pipe, 1)  # nobody ever writes: this returns when the last holder of the other end is gone
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os._exit(1)
