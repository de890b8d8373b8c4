"""Starts a workflow when another workflow calls it."""

from typing import ClassVar

from app.core.json import JsonObject
from app.graph.called_trigger import CalledTrigger


class WorkflowTrigger(CalledTrigger):
    component_id = "workflow_trigger"
    example: ClassVar[JsonObject] = {
        "input_schema": {
            "type": "object",
            "required": ["customer"],
            "properties": {"customer": {"type": "string", "minLength": 1}},
        }
    }
