"""A pytest plugin: refuses to test any code but that of the folder it runs in, and writes down how each test went."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import app
import worker
from tests.fixtures.serving import clean_environment

REPORT_VARIABLE = "MUTATION_REPORT"  # the file to write to
_WHERE = "import app, worker; print(app.__file__, worker.__file__, sep='\\n')"


class Report:
    """Remembers which tests passed, which failed by themselves, and which while they were set up or cleared away."""

    def __init__(self) -> None:
        self._tests: dict[str, list[str]] = {"passed": [], "failed": [], "broken": []}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" and not report.skipped:
            self._tests[report.outcome].append(report.nodeid)
        elif report.failed:
            self._tests["broken"].append(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        Path(os.environ[REPORT_VARIABLE]).write_text(json.dumps(self._tests))


def pytest_configure(config: pytest.Config) -> None:
    """Fail where this process, or one that a test starts, would find the code of another checkout."""
    child = [sys.executable, "-P", "-c", _WHERE]
    said = subprocess.run(child, env=clean_environment(), capture_output=True, text=True, check=True).stdout
    for file in (app.__file__, worker.__file__, *said.splitlines()):
        if not Path(file or "").is_relative_to(config.rootpath):
            raise pytest.UsageError(f"{file} is not below {config.rootpath}.")
    config.pluginmanager.register(Report())
