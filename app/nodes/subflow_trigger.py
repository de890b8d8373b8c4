"""Starts a workflow that is a part of others, and is of use inside them only."""

from typing import ClassVar

from app.core.json import JsonObject
from app.graph.called_trigger import CalledTrigger


class SubflowTrigger(CalledTrigger):
    component_id = "subflow_trigger"
    example: ClassVar[JsonObject] = {"description": "Called for each order, with the order as its payload."}
