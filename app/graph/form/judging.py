"""What a form makes of all that was entered: which fields are shown, what they hold, and every fault at once."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.core.json import JsonObject, JsonValue
from app.graph.context import Budget
from app.graph.errors import PermanentError
from app.graph.form.prompt import VALUES, Button, Field, Prompt
from app.graph.form.reading import FaultError, read, require
from app.graph.template import StepBudget

BUTTON = "button"


@dataclass(frozen=True, slots=True)
class Judged:
    """`values` are those of the fields that are shown, null where nothing was entered.

    `faults` are by place, such as `values.email`; each is words that follow the name of what is wrong.
    """

    values: JsonObject
    faults: Mapping[str, str]

    @property
    def visible(self) -> frozenset[str]:
        """Return the names of the fields that are shown."""
        return frozenset(self.values)


def judge(prompt: Prompt, given: Mapping[str, JsonValue], now: str) -> Judged:
    """Look at what was entered. May take a quarter of a second where the form has rules.

    Fields decide in their order, each by what stands before it; what was entered into one that is not shown is dropped.
    """
    budget = StepBudget()
    names = {field.name for field in prompt.fields}
    values: dict[str, JsonValue] = {}
    faults = {_place(name): "is not a field of this form" for name in given if name not in names}
    for field in prompt.fields:
        if not _is_shown(field, {VALUES: dict(values), "now": now}, budget):
            continue
        values[field.name] = None
        try:
            values[field.name] = read(field, given.get(field.name))
            require(field, values[field.name])
        except FaultError as fault:
            faults[_place(field.name)] = str(fault)
    return Judged(values, faults)


def pressed(prompt: Prompt, button_id: str | None) -> Button:
    """Return the button that was pressed; it need not be named where there is only one. Raises `FaultError`."""
    if button_id is None and len(prompt.buttons) == 1:
        return prompt.buttons[0]
    found = next((button for button in prompt.buttons if button.id == button_id), None)
    if found is None:
        raise FaultError(f"must be one of: {', '.join(button.id for button in prompt.buttons)}")
    return found


def defaults(prompt: Prompt) -> JsonObject:
    """Return what the fields hold before anybody has entered anything."""
    return {field.name: field.default for field in prompt.fields}


def has_rules(prompt: Prompt) -> bool:
    return any(field.visible_if is not None for field in prompt.fields)


def _is_shown(field: Field, roots: JsonObject, budget: Budget) -> bool:
    """Say whether its rule holds. One that cannot be applied, such as to a number that is not there yet, does not."""
    if field.visible_if is None:
        return True
    try:
        return field.visible_if.render(roots, budget)
    except PermanentError:
        return False


def _place(name: str) -> str:
    return f"{VALUES}.{name}"
