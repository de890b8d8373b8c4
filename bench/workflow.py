"""The workflow that is measured: a manual trigger, then one call with a templated body."""

import json

_DEFINITION = {
    "name": "New Customer Onboarding",
    "description": "Sends a welcome email when a new site is created.",
    "is_active": True,
    "authorization_id": "auth_01H...",
    "schedule_type": "manual",
    "edges": [{"id": "e1-2", "source": "n1", "target": "n2"}],
}
_TRIGGER = {
    "id": "n1",
    "type": "manual_trigger",
    "position": {"x": 100, "y": 100},
    "data": {"componentId": "manual_trigger", "description": "Manually trigger this onboarding flow."},
}
CONTEXT = json.dumps({"context": {"user_id": "usr_123", "site_id": "site_456"}}).encode()


def definition(url: str) -> bytes:
    """Return the body of POST /workflows for a workflow that calls `url`."""
    data = {
        "componentId": "webhook",
        "method": "POST",
        "url": url,
        "body": '{"message": "Welcome!", "run_id": "{{ n1.run_id }}"}',
    }
    call = {"id": "n2", "type": "webhook", "position": {"x": 400, "y": 100}, "data": data}
    return json.dumps({**_DEFINITION, "nodes": [_TRIGGER, call]}).encode()
