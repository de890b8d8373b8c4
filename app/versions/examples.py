"""What the OpenAPI document shows about versions; a test saves the example's workflow and gets these answers."""

from typing import Any

from app.versions.errors import VersionNotFoundError
from app.workflows.examples import GREETING, GREETING_SUMMARY

SUMMARY: dict[str, Any] = {
    "version": 1,
    "name": GREETING["name"],
    "created_at": GREETING_SUMMARY["created_at"],
    "created_by": "usr_123",
}
VERSION: dict[str, Any] = {**SUMMARY, "nodes": GREETING["nodes"], "edges": GREETING["edges"]}
VERSION_NOT_FOUND = VersionNotFoundError(GREETING_SUMMARY["id"], 7)
