"""Makes a text from a template, and reads it as JSON where it is JSON."""

import re
from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field, field_validator

from app.core.json import JsonObject, JsonValue
from app.graph.answer import JSON_TYPE, OK, Answer, json_answer
from app.graph.context import NodeContext
from app.graph.foreign import parse_json
from app.graph.node import Action, ActionSettings
from app.graph.outcome import Outcome, Success
from app.graph.plain_number import NO_TRUTH
from app.graph.template import TextTemplate

PLAIN_TYPE = "text/plain; charset=utf-8"

_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_MEDIA_TYPE = re.compile(rf"{_WORD}/{_WORD}([ \t]*;[ \t]*{_WORD}=({_WORD}|\"[ !#-\[\]-~]*\"))*", re.ASCII)


class TextTransformSettings(ActionSettings):
    template: TextTemplate = Field(description="The text, with templates in it.")
    is_response: bool = Field(default=False, description="Whether this output is the run's result.")
    status_code: Annotated[int, Field(ge=200, le=599), NO_TRUTH] | None = Field(
        default=None, description="Status of a synchronous answer."
    )
    content_type: str | None = Field(
        default=None,
        max_length=255,
        description="Content type of a synchronous answer; left out: JSON where the text is JSON, else plain text.",
    )

    @field_validator("content_type")
    @classmethod
    def _is_a_media_type(cls, content_type: str | None) -> str | None:
        if content_type is not None and not _MEDIA_TYPE.fullmatch(content_type.strip()):
            raise ValueError(f'"{content_type[:60]}" is no content type: write one such as text/csv; charset=utf-8.')
        return content_type and content_type.strip()


class TextTransform(Action):
    component_id = "text_transform"
    settings_type = TextTransformSettings
    outputs: ClassVar[Mapping[str, str]] = {
        "text": "The rendered text.",
        "result": "What the text says where it is JSON, else the text.",
    }
    example: ClassVar[JsonObject] = {"template": "Hello {{ trigger.context.name | default: 'stranger' }}!"}

    def __init__(self, node_id: str, settings: TextTransformSettings) -> None:
        super().__init__(node_id, settings)
        self.settings = settings

    @property
    def responds(self) -> bool:
        return self.settings.is_response

    def answer(self, output: JsonObject) -> Answer:
        """Return the text itself: as it is, not as JSON around it. A failure is answered as other outputs are."""
        text = output.get("text")
        if not isinstance(text, str):
            return json_answer(output)
        settings = self.settings
        own_type = JSON_TYPE if _is_json(text) else PLAIN_TYPE
        return Answer(settings.status_code or OK, settings.content_type or own_type, text)

    async def run(self, ctx: NodeContext) -> Outcome:
        """Output the text, and as `result` what it says as JSON, or the text again where it is no JSON."""
        text = await ctx.render(self.settings.template)
        return Success({"text": text, "result": _read(text)})


def _is_json(text: str) -> bool:
    try:
        parse_json(text)
    except ValueError:
        return False
    return True


def _read(text: str) -> JsonValue:
    try:
        return parse_json(text)
    except ValueError:
        return text
