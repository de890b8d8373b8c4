"""What the OpenAPI document shows of the audit log; a test saves and changes a workflow and gets this answer."""

from typing import Any

_CREATED: dict[str, Any] = {
    "id": "aud_01kaq3v0c5r2w8y4b6d1f3h7k9",
    "at": "2026-01-15T09:30:00.000000Z",
    "actor": "tester",
    "token_id": None,
    "address": "127.0.0.1",
    "action": "workflow.create",
    "resource_type": "workflow",
    "resource_id": "fl_01kaq3v0c3s8y5b1f7f3q2d6te",
    "before_hash": None,
    "after_hash": "5c1e0d8f3b6a49e27d10c8b5f2a3964e7f81d0c2b9a4e6538d7f1c0b2a9e4d63",
}
_CHANGED: dict[str, Any] = {
    **_CREATED,
    "id": "aud_01kaq4pg6x3z9a5c7e2g4j8m0n",
    "at": "2026-01-15T09:45:00.000000Z",
    "action": "workflow.update",
    "before_hash": _CREATED["after_hash"],
    "after_hash": "e9b7a2c4d1f05836b8e3a7d9c2f1460e5a8b3d7c9e0f2146a8b5c3d7e9f10248",
}
ENTRIES = [_CHANGED, _CREATED]
