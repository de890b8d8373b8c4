"""Logs say where something went wrong, and never with which values."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from app.core import log

SECRET = "s3cret-4711"


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    kept, handlers, level = structlog.get_config(), logging.root.handlers[:], logging.root.level
    yield
    structlog.configure(**kept)
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


def fail() -> None:
    known: dict[str, int] = {}
    try:
        known[SECRET] += 1
    except KeyError as error:
        raise ValueError(f"not {SECRET}") from error


def test_an_exception_is_logged_by_kinds_and_places(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("info")
    try:
        fail()
    except ValueError:
        structlog.get_logger().exception("it_failed", run_id="fl_run_1")
    said = json.loads(capsys.readouterr().err)
    trace = said.pop("exception")
    assert (said["event"], said["run_id"], said["level"]) == ("it_failed", "fl_run_1", "error")
    assert [word in trace for word in ("ValueError", "KeyError", "test_log.py", "in fail")] == [True] * 4
    assert SECRET not in str(said) + trace
