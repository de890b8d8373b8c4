"""A workflow as it stands in a file: what its author decides, and nothing that the server makes."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import ConfigDict, Field, JsonValue, ValidationError

from app.http.error_answers import invalid_parameters
from app.workflows.schemas import Workflow, WorkflowCreate, WorkflowUpdate

_KEYS = (
    "id",
    "name",
    "description",
    "is_active",
    "schedule_type",
    "schedule_value",
    "timezone",
    "schedule_overlap",
    "authorization_id",
    "nodes",
    "edges",
)
_OF_THE_SERVER = frozenset({"next_run_at", "webhook_url", "created_at", "updated_at", "version"})
_UNKNOWN = "extra_forbidden"


class Form(WorkflowCreate):
    """What is missing in a file has its default, as it has in `POST /workflows`."""

    model_config = ConfigDict(extra="forbid", strict=True)

    id: Annotated[str | None, Field(pattern=r"^fl_[0-7][0-9a-hjkmnp-tv-z]{25}$")] = None

    def as_create(self) -> WorkflowCreate:
        return WorkflowCreate.model_construct(**self._fields())

    def as_update(self) -> WorkflowUpdate:
        """Return an update that sets everything: a file is the whole definition."""
        return WorkflowUpdate.model_construct(_fields_set=None, **self._fields())

    def _fields(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in WorkflowCreate.model_fields}


def form_of(workflow: Workflow) -> dict[str, JsonValue]:
    """Return what is written into files, always in the same order; nodes and edges are as they were posted."""
    return {key: getattr(workflow, key) for key in _KEYS}


def read_form(value: object) -> Form:
    """Read what stands in a file. Raises `InvalidRequestError` with every fault of form."""
    try:
        return Form.model_validate(value)
    except ValidationError as error:
        found = [_in_body(dict(fault)) for fault in error.errors()]
        raise invalid_parameters(found) from None


def _in_body(fault: Mapping[str, Any]) -> dict[str, Any]:
    """Say it as the API would of a body, and better where the API would not mind."""
    name = str(fault["loc"][-1]) if fault["loc"] else ""
    said = {
        _UNKNOWN: f"belongs to the server, not into a file: leave it out ({_list(_KEYS)} belong here)"
        if name in _OF_THE_SERVER
        else f"is not part of a workflow ({_list(_KEYS)} are)",
        "string_pattern_mismatch": "must be fl_ and 26 characters of a ULID in lower case, such as"
        " fl_01kaq3v0c3s8y5b1f7f3q2d6te",
        "model_type": "must be a workflow: an object with name, nodes and edges",
    }
    return {**fault, "loc": ("body", *fault["loc"]), "msg": said.get(str(fault["type"]), fault["msg"])}


def _list(names: tuple[str, ...]) -> str:
    return ", ".join(names)
