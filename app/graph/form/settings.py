"""How a workflow's author writes the fields and buttons of a form down."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator
from pydantic import Field as Setting

from app.core.json import JsonValue
from app.graph.form.options import read_options
from app.graph.form.prompt import ROOTS, VALUES, Field, FieldType, Option
from app.graph.form.reading import FaultError, date_in, read
from app.graph.kinds import shown
from app.graph.outcome import DEFAULT, ERROR
from app.graph.plain_number import NO_TRUTH
from app.graph.rules import Rule
from app.graph.template import TextTemplate, ValueTemplate, iter_templates

EXPIRED = "expired"  # the handle that is taken when nobody has answered in time
LABEL_CHARACTERS = 500
LONGEST_LENGTH = 100_000  # characters that a field may allow

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")
_LIMITS = {
    "options": ("select",),
    "min": ("number", "date"),
    "max": ("number", "date"),
    "min_length": ("text", "textarea", "email"),
    "max_length": ("text", "textarea", "email"),
}
_PLAIN = ("name", "type", "required", "min", "max", "min_length", "max_length")  # nothing in them is rendered
_HANDLES = {DEFAULT, ERROR, EXPIRED}

Limit = int | float | str
Length = Annotated[int, Setting(ge=1, le=LONGEST_LENGTH), NO_TRUTH]


class FieldSettings(BaseModel):
    """One field. Which settings it may have depends on its type, so that stands first."""

    model_config = ConfigDict(extra="ignore", frozen=True, arbitrary_types_allowed=True)
    own_roots: ClassVar[Mapping[str, frozenset[str]]] = {"visible_if": ROOTS}

    type: FieldType = Setting(default="text", description="What is entered, and how.")
    name: str = Setting(description="What the value is called in the step's output: letters, digits, _ and -.")
    label: TextTemplate | None = Setting(default=None, description="What people read; the name where it is left out.")
    required: bool = Setting(default=False, description="Whether the form needs it, wherever the field is shown.")
    options: ValueTemplate | None = Setting(
        default=None,
        validate_default=True,
        description="What a select field offers: a list of texts, or of {value, label}, or a template that is one.",
    )
    min: Limit | None = Setting(default=None, description="The least number, or the first date, such as 2026-01-15.")
    max: Limit | None = Setting(default=None, description="The greatest number, or the last date.")
    min_length: Length | None = Setting(default=None, description="The least characters of a text.")
    max_length: Length | None = Setting(
        default=None,
        description="The most characters of a text; 1000, in a textarea 20000, in an email field 254 if left out.",
    )
    default: ValueTemplate | None = Setting(default=None, description="What stands there before anybody enters it.")
    visible_if: Rule | None = Setting(
        default=None,
        description="The field is asked for only while this rule holds; it reads the fields above as values, and now.",
    )

    @field_validator("name")
    @classmethod
    def _is_a_name(cls, name: str) -> str:
        if _NAME.fullmatch(name):
            return name
        raise ValueError(
            f'"name" must be up to 64 letters, digits, _ and -, and begin with a letter or _; it is {shown(name)}.'
        )

    @field_validator("options", "min", "max", "min_length", "max_length", mode="before")
    @classmethod
    def _suits_the_type(cls, value: object, info: ValidationInfo) -> object:
        name = str(info.field_name)
        kind = info.data.get("type")
        if value is None or kind is None:
            return value
        if kind not in _LIMITS[name]:
            raise ValueError(f'"{name}" is for fields of these types only: {", ".join(_LIMITS[name])}.')
        if name in {"min", "max"} and not _is_a_limit(kind, value):
            expected = "a date such as 2026-01-15" if kind == "date" else "a number"
            raise ValueError(f'"{name}" must be {expected}.')
        return value

    @field_validator("options")
    @classmethod
    def _are_offered(cls, options: ValueTemplate | None, info: ValidationInfo) -> ValueTemplate | None:
        if options is None and info.data.get("type") == "select":
            raise ValueError('"options" is required: a select field offers a list of them.')
        if options and options.is_static:
            _checked("options", lambda: read_options(options.source))
        return options

    @field_validator("max", "max_length")
    @classmethod
    def _is_no_less(cls, limit: Limit | None, info: ValidationInfo) -> Limit | None:
        least_name = str(info.field_name).replace("max", "min")
        least = info.data.get(least_name)
        if limit is not None and least is not None and least > limit:
            raise ValueError(f'"{info.field_name}" must not be less than "{least_name}".')
        return limit

    @field_validator("default")
    @classmethod
    def _fits(cls, default: ValueTemplate | None, info: ValidationInfo) -> ValueTemplate | None:
        options = info.data.get("options")
        is_known = default is not None and default.is_static and (options is None or options.is_static)
        if default is None or not is_known or not {*_PLAIN, "options"} <= info.data.keys():  # else named already
            return default
        offered = read_options(options.source) if options else ()
        field = _field(info.data, str(info.data["name"]), offered)
        _checked("default", lambda: read(field, default.source))
        return default

    def asked(self, label: str, options: tuple[Option, ...], default: JsonValue) -> Field:
        """Return the field with its texts rendered. Raises `FaultError` where the default does not fit."""
        field = _field(self.__dict__, label, options)
        return field.model_copy(update={"default": read(field, default), "visible_if": self.visible_if})


class ButtonSettings(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, arbitrary_types_allowed=True)

    id: str = Setting(min_length=1, max_length=255, description="The handle that is taken when it is pressed.")
    label: TextTemplate | None = Setting(default=None, description="What it says; the id where it is left out.")

    @field_validator("id")
    @classmethod
    def _is_free(cls, button_id: str) -> str:
        if button_id in _HANDLES:
            raise ValueError(f'No button can have the id "{button_id}": every form has a handle of that name already.')
        return button_id


def unreadable(fields: Sequence[FieldSettings]) -> Iterator[str]:
    """Give a sentence for each rule that reads something else than what stands above it."""
    above: list[str] = []
    for index, field in enumerate(fields):
        for setting in iter_templates(field.visible_if) if field.visible_if else ():
            for read_ in sorted(setting.reads, key=str):
                if read_.root not in ROOTS or (read_.root == VALUES and read_.path[:1] and read_.path[0] not in above):
                    name = ".".join(map(str, (read_.root, *read_.path)))
                    known = ", ".join(f"{VALUES}.{one}" for one in above) or "none"
                    yield (
                        f'"fields[{index}].visible_if" reads {name}; whether a field is shown depends on the fields'
                        f" above it ({known}) and on now only."
                    )
        above.append(field.name)


def _is_a_limit(kind: str, value: object) -> bool:
    if kind == "date":
        return date_in(value) is not None
    return isinstance(value, int | float) and not isinstance(value, bool)


def _checked(name: str, reading: Callable[[], object]) -> None:
    try:
        reading()
    except FaultError as fault:
        raise ValueError(f'"{name}" {fault}.') from None


def _field(settings: Mapping[str, object], label: str, options: tuple[Option, ...]) -> Field:
    return Field.model_validate({name: settings[name] for name in _PLAIN} | {"label": label, "options": options})
