"""What is different between a workflow and its file, for people who read along."""

from collections.abc import Sequence

from pydantic import JsonValue

from app.core.json import dumps
from app.workflows.schemas import Workflow, WorkflowCreate


def differences(before: Workflow, after: Workflow) -> list[str]:
    """Return a word or a few for each field that has changed; of nodes and edges, which."""
    changed = [name for name in WorkflowCreate.model_fields if _differ(getattr(before, name), getattr(after, name))]
    return [_described(name, getattr(before, name), getattr(after, name)) for name in changed]


def _described(name: str, before: JsonValue, after: JsonValue) -> str:
    if name not in {"nodes", "edges"} or not isinstance(before, list) or not isinstance(after, list):
        return name
    return f"{name} ({', '.join(_members(before, after))})"


def _members(before: Sequence[JsonValue], after: Sequence[JsonValue]) -> list[str]:
    """Return the ids of what was added (+), removed (-) and changed (~), or that only the order has."""
    old, new = _by_id(before), _by_id(after)
    added = [f"+{one}" for one in new if one not in old]
    removed = [f"-{one}" for one in old if one not in new]
    changed = [f"~{one}" for one in new if one in old and _differ(old[one], new[one])]
    return [*added, *removed, *changed] or ["order"]


def _by_id(members: Sequence[JsonValue]) -> dict[str, JsonValue]:
    """Return them by id, which every saved node and edge has."""
    return {str(one["id"]): one for one in members if isinstance(one, dict)}


def _differ(one: JsonValue, other: JsonValue) -> bool:
    return dumps(one) != dumps(other)
