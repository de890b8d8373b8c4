"""The base of triggers that can say what the payload they are given must fit."""

from pydantic import Field

from app.graph.input_schema import InputSchema
from app.graph.node import Settings, Trigger


class CheckedTriggerSettings(Settings):
    input_schema: InputSchema | None = Field(
        default=None, description="A JSON Schema of draft 2020-12 that the payload must fit."
    )


class CheckedTrigger(Trigger):
    """Whoever starts the workflow is told what in the payload does not fit, before there is a run."""

    def __init__(self, node_id: str, settings: CheckedTriggerSettings) -> None:
        super().__init__(node_id, settings)
        self.settings = settings

    @property
    def input_schema(self) -> InputSchema | None:
        return self.settings.input_schema
