"""What the OpenAPI document shows about logs; a test lets a worker execute the example's run and gets these answers."""

from typing import Any

from app.http.openapi_examples import answered
from app.runs.examples import COMPLETED

LOGS: list[dict[str, Any]] = COMPLETED["logs"][::-1]
RECENT: list[dict[str, Any]] = LOGS[:1]
STATISTICS: dict[str, Any] = {
    "log_statuses": {"success": 3, "error": 0, "warning": 0},
    "recent_runs": {"completed": 1, "failed": 0},
    "total_runs": 1,
    "success_rate": 100.0,
}
_LINK = {"description": 'Where there are more: `<URL>; rel="next"`.', "schema": {"type": "string"}}
LISTED: dict[str, Any] = {**answered("The logs.", LOGS), "headers": {"Link": _LINK}}
