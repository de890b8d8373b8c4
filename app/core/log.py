"""Structured logs: one JSON object a line on standard error, without values that a client sent, and no secrets."""

import logging
import sys
import traceback
from types import TracebackType

from app.core.importing import without

with without("rich"):  # 4 MiB for a console, where these logs are JSON
    import structlog

_CAUSES = 5  # of an exception that are shown


def configure(level: str) -> None:
    """Set up structlog and route the libraries' logging through the same stream."""
    number = logging.getLevelNamesMapping()[level.upper()]
    logging.basicConfig(level=max(number, logging.WARNING), stream=sys.stderr, format="%(message)s", force=True)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(_trace),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def _trace(exc_info: tuple[type[BaseException], BaseException, TracebackType | None]) -> str:
    """Return kinds and frames of an exception and its causes. What they say may hold what a client sent."""
    parts: list[str] = []
    error: BaseException | None = exc_info[1]
    while error is not None and len(parts) < _CAUSES:
        parts.append("".join([f"{type(error).__name__}\n", *traceback.format_tb(error.__traceback__)]))
        error = error.__cause__ or error.__context__
    return "from ".join(parts)
