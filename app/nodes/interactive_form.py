"""Asks a person: the run waits until somebody has answered its form, or nobody has in time."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Annotated, ClassVar

from pydantic import Field, ValidationInfo, WithJsonSchema, field_validator

from app.core.json import JsonObject, JsonValue, dumps
from app.graph.context import NodeContext
from app.graph.errors import PermanentError
from app.graph.form import prompt
from app.graph.form.notify import FormNotification
from app.graph.form.options import read_options
from app.graph.form.reading import FaultError
from app.graph.form.settings import EXPIRED, LABEL_CHARACTERS, ButtonSettings, FieldSettings, unreadable
from app.graph.kinds import shown
from app.graph.node import Action, ActionSettings
from app.graph.outcome import ERROR, Outcome, Success, Wait, WaitKind
from app.graph.shapes import number_within
from app.graph.template import NumberTemplate, StepBudget, TextTemplate

LEAST_SECONDS, MOST_SECONDS = 60, 365 * 86_400
TITLE_CHARACTERS = 200
UNTITLED = "Form"  # a page needs a name, for those who hear it and for the tab it is in
DESCRIPTION_CHARACTERS = 10_000

_ONLY_TEXT = {"anyOf": [{"type": "string", "format": "liquid"}, {"type": "null"}]}  # as the description of other nodes
_NO_ANSWER: JsonObject = {"button": None, "values": {}, "submitted_by": None, "submitted_at": None}


class InteractiveFormSettings(ActionSettings):
    title: TextTemplate = Field(description="What the form is about, in a line; Form where it comes to nothing.")
    description: Annotated[TextTemplate | None, WithJsonSchema(_ONLY_TEXT)] = Field(  # type: ignore[assignment] # it is shown
        default=None, description="What whoever answers has to know; line breaks are kept."
    )
    fields: tuple[FieldSettings, ...] = Field(
        default=(), max_length=100, description="What is asked; none where a button says all."
    )
    buttons: tuple[ButtonSettings, ...] = Field(
        default=(ButtonSettings(id="submit", label=TextTemplate("Submit")),),
        max_length=20,
        description="Ways to answer, each a handle; one button, submit, if left out.",
        json_schema_extra={"minItems": 1},
    )
    expires_in_seconds: Annotated[NumberTemplate, number_within(LEAST_SECONDS, MOST_SECONDS)] | None = Field(
        default=None, description="How long it can be answered, from a minute to 365 days; without an end if left out."
    )
    assignee: TextTemplate | None = Field(default=None, description="Whom it is for, as the form shows it.")
    notify: FormNotification | None = Field(
        default=None, description="A notification that is sent when the form begins to wait, with its address."
    )

    @field_validator("description", mode="before")
    @classmethod
    def _is_a_text(cls, description: object) -> object:
        if description is None or isinstance(description, str | TextTemplate):
            return description
        raise ValueError(f'"description" must be a text; it is {shown(description)}.')  # type: ignore[arg-type] # JSON

    @field_validator("fields")
    @classmethod
    def _fit_together(cls, fields: tuple[FieldSettings, ...]) -> tuple[FieldSettings, ...]:
        _refuse_repeated("field needs a name", (field.name for field in fields))
        fault = next(unreadable(fields), None)
        if fault:
            raise ValueError(fault)
        return fields

    @field_validator("buttons")
    @classmethod
    def _are_some(cls, buttons: tuple[ButtonSettings, ...]) -> tuple[ButtonSettings, ...]:
        if not buttons:
            raise ValueError('"buttons" needs at least one button, or is left out.')
        _refuse_repeated("button needs an id", (button.id for button in buttons))
        return buttons

    @field_validator("expires_in_seconds")
    @classmethod
    def _is_in_bounds(cls, seconds: NumberTemplate | None, _: ValidationInfo) -> NumberTemplate | None:
        fault = _time_fault(seconds.render({}, StepBudget())) if seconds and seconds.is_static else None
        if fault:
            raise ValueError(fault)
        return seconds


class InteractiveForm(Action):
    component_id = "interactive_form"
    settings_type = InteractiveFormSettings
    parks = True
    outputs: ClassVar[Mapping[str, str]] = {
        "button": "The id of the button that was pressed; null where the form expired.",
        "values": "What was filled in, by the names of the fields.",
        "submitted_by": "Who answered, where the answer came with a token; else null.",
        "submitted_at": "When it was answered.",
    }
    example: ClassVar[JsonObject] = {
        "title": "Approve order {{ trigger.context.order_id }}?",
        "fields": [
            {"type": "checkbox", "name": "urgent", "label": "This is urgent"},
            {
                "type": "textarea",
                "name": "reason",
                "label": "Why?",
                "required": True,
                "visible_if": {"type": "boolean", "input": "{{ values.urgent }}", "operator": "is_true"},
            },
        ],
        "buttons": [{"id": "approve", "label": "Approve"}, {"id": "reject", "label": "Reject"}],
        "expires_in_seconds": 86_400,
        "assignee": "Purchasing",
        "notify": {
            "channel": "purchasing",
            "subject": "Order {{ trigger.context.order_id }} waits for you",
            "message": "{{ form.url }}\nPlease answer by {{ form.expires_at }}.",
        },
    }

    def __init__(self, node_id: str, settings: InteractiveFormSettings) -> None:
        super().__init__(node_id, settings)
        self.settings = settings

    @property
    def has_effect(self) -> bool:
        return self.settings.notify is not None

    def handles(self) -> tuple[str, ...]:
        return (*(button.id for button in self.settings.buttons), EXPIRED, ERROR)

    async def run(self, ctx: NodeContext) -> Outcome:
        """Begin to wait, and tell of it if that is wanted.

        Raises `PermanentError` for what cannot be asked as it renders, and what delivering a notification does.
        """
        asked = (await self._prompt(ctx)).as_json()
        if len(dumps(asked).encode()) > ctx.output_bytes:
            raise PermanentError(f"The form is larger than {ctx.output_bytes} bytes; it needs fewer options or texts.")
        due_at, notify = await self._due_at(ctx), self.settings.notify
        key_id = await notify.tell(ctx, due_at) if notify else None
        return Wait(WaitKind.FORM, due_at, prompt=asked, key_id=key_id)

    async def resume(self, ctx: NodeContext, resolution: Mapping[str, JsonValue]) -> Outcome:  # noqa: ARG002 -- the base's
        """Go on with the answer, or without one. Raises `PermanentError` for a button that the form does not have."""
        if "button" not in resolution:
            return Success(_NO_ANSWER, EXPIRED)
        pressed = resolution["button"]
        if not isinstance(pressed, str) or all(pressed != button.id for button in self.settings.buttons):
            raise PermanentError("The form was answered by a button that it does not have.")
        return Success({name: resolution.get(name) for name in _NO_ANSWER}, pressed)

    async def _due_at(self, ctx: NodeContext) -> datetime | None:
        if self.settings.expires_in_seconds is None:
            return None
        seconds = await ctx.render(self.settings.expires_in_seconds)
        fault = _time_fault(seconds)
        if fault:
            raise PermanentError(fault)
        return ctx.now + timedelta(seconds=seconds)

    async def _prompt(self, ctx: NodeContext) -> prompt.Prompt:
        settings = self.settings
        return prompt.Prompt(
            title=await _text(ctx, "title", settings.title, TITLE_CHARACTERS) or UNTITLED,
            description=await _text(ctx, "description", settings.description, DESCRIPTION_CHARACTERS),
            assignee=await _text(ctx, "assignee", settings.assignee, LABEL_CHARACTERS),
            fields=tuple([await _asked(ctx, f"fields[{at}]", field) for at, field in enumerate(settings.fields)]),
            buttons=tuple([await _button(ctx, f"buttons[{at}]", button) for at, button in enumerate(settings.buttons)]),
        )


async def _asked(ctx: NodeContext, place: str, field: FieldSettings) -> prompt.Field:
    label = await _text(ctx, f"{place}.label", field.label, LABEL_CHARACTERS)
    offered = await ctx.render(field.options) if field.options else None
    default = await ctx.render(field.default) if field.default else None
    try:
        options = read_options(offered) if field.options else ()
    except FaultError as fault:
        raise PermanentError(f'"{place}.options" {fault}.') from None
    try:
        return field.asked(label or field.name, options, default)
    except FaultError as fault:
        raise PermanentError(f'"{place}.default" {fault}.') from None


async def _button(ctx: NodeContext, place: str, button: ButtonSettings) -> prompt.Button:
    label = await _text(ctx, f"{place}.label", button.label, LABEL_CHARACTERS)
    return prompt.Button(id=button.id, label=label or button.id)


async def _text(ctx: NodeContext, place: str, template: TextTemplate | None, longest: int) -> str | None:
    """Render a text that people read. Raises `PermanentError` for one that is too long; one of nothing is none."""
    text = (await ctx.render(template)).strip() if template else ""
    if len(text) > longest:
        raise PermanentError(f'"{place}" must have at most {longest} characters; it has {len(text)}.')
    return text or None


def _refuse_repeated(what: str, names: Iterable[str]) -> None:
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        raise ValueError(f"Each {what} of its own; used more than once: {', '.join(repeated)}.")


def _time_fault(seconds: float) -> str | None:
    if LEAST_SECONDS <= seconds <= MOST_SECONDS:
        return None
    return f'"expires_in_seconds" must be between {LEAST_SECONDS} and {MOST_SECONDS}; it comes to {seconds:.10g}.'
