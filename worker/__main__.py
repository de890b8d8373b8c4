"""`python -m worker`: one worker process."""

import sys

from app.core import log
from app.core.config import load_settings
from app.core.errors import SETUP_EXIT_CODE, SetupError
from app.core.supervision import follow_supervisor
from worker.main import run


def main() -> int:
    """Run until a signal comes; what the operator got wrong is one sentence and exit code 2."""
    follow_supervisor()
    try:
        settings = load_settings()
        log.configure(settings.log_level)
        return run(settings)
    except SetupError as error:
        print(error, file=sys.stderr)  # noqa: T201 -- a command line speaks
        return SETUP_EXIT_CODE


if __name__ == "__main__":
    sys.exit(main())
