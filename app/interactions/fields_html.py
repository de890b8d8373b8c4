"""A form's fields as HTML. Everything that comes from outside is escaped where it is put in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape

from app.core.json import JsonValue
from app.graph.form.prompt import VALUES, Field, FieldType
from app.graph.form.reading import LONGEST, date_in

ONLY_SOMETIMES = "Only if it applies, after what you have entered above."


@dataclass(frozen=True, slots=True)
class Entry:
    """A field with what stands in it. `key` makes ids of HTML, which names of fields need not fit."""

    key: str
    field: Field
    value: JsonValue
    fault: str | None
    is_shown: bool

    @property
    def name(self) -> str:
        return escape(f"{VALUES}.{self.field.name}")

    @property
    def sentence(self) -> str:
        """Return what is wrong with which field, as HTML."""
        return escape(f"{self.field.label.rstrip(':?. ')}: {self.fault}.") if self.fault else ""


def field_html(entry: Entry) -> str:
    """Return the field with its label, hints and fault, tied together for those who hear the page."""
    hints = {f"{entry.key}-limits": _limits(entry.field)}
    if entry.field.visible_if is not None:
        hints[f"{entry.key}-if"] = ONLY_SOMETIMES
    hints = {key: text for key, text in hints.items() if text}
    described = [*hints, *([f"{entry.key}-fault"] if entry.fault else [])]
    attributes = f'id="{entry.key}" name="{entry.name}"'
    attributes += f' aria-describedby="{" ".join(described)}"' if described else ""
    attributes += ' aria-invalid="true"' if entry.fault else ""
    attributes += " required" if entry.field.required and entry.field.visible_if is None else ""
    notes = "".join(
        f'<p class="hint{" sometimes" if key.endswith("-if") else ""}" id="{key}">{escape(text)}</p>'
        for key, text in hints.items()
    )
    fault = f'<p class="fault" id="{entry.key}-fault">This {escape(entry.fault)}.</p>' if entry.fault else ""
    control = _CONTROLS[entry.field.type](entry, attributes)
    label = _label(entry)
    inner = f"{control}{label}{notes}{fault}" if entry.field.type == "checkbox" else f"{label}{notes}{fault}{control}"
    kind = "field checkbox" if entry.field.type == "checkbox" else "field"
    faulty = " faulty" if entry.fault else ""
    return f'<div class="{kind}{faulty}" data-field="{escape(entry.field.name)}"{_condition(entry)}>{inner}</div>'


def _condition(entry: Entry) -> str:
    """Mark a field that is not always there, for the script that hides it."""
    if entry.field.visible_if is None:
        return ""
    return " data-sometimes" if entry.is_shown else " data-sometimes data-away"


def _label(entry: Entry) -> str:
    optional = "" if entry.field.required or entry.field.type == "checkbox" else ' <span class="soft">(optional)</span>'
    return f'<label for="{entry.key}">{escape(entry.field.label)}{optional}</label>'


def _limits(field: Field) -> str:
    least, most = (_written(limit) for limit in (field.min, field.max))
    if field.type == "date":
        words = ("Between {} and {}.", "Not before {}.", "Not after {}.")
    elif field.type == "number":
        words = ("Between {} and {}.", "At least {}.", "At most {}.")
    else:
        words = ("Between {} and {} characters.", "At least {} characters.", "At most {} characters.")
        least, most = (_written(limit) for limit in (field.min_length, field.max_length))
    if least and most:
        return words[0].format(least, most)
    return words[1].format(least) if least else words[2].format(most) if most else ""


def _written(limit: JsonValue) -> str:
    day = date_in(limit)
    return f"{day.day} {day:%B %Y}" if day else "" if limit is None else str(limit)


def _line(entry: Entry, attributes: str) -> str:
    return f'<input type="text" {attributes} value="{_text(entry.value)}"{_longest(entry.field)}>'


def _email(entry: Entry, attributes: str) -> str:
    kind = 'type="email" autocomplete="email" inputmode="email"'
    return f'<input {kind} {attributes} value="{_text(entry.value)}"{_longest(entry.field)}>'


def _number(entry: Entry, attributes: str) -> str:
    """Return an input of text: one of numbers would send nothing where no number was entered."""
    kind = 'type="text" inputmode="decimal" autocomplete="off" class="short"'
    return f'<input {kind} {attributes} value="{_text(entry.value)}">'


def _date(entry: Entry, attributes: str) -> str:
    limits = "".join(
        f' {name}="{escape(str(limit))}"'
        for name, limit in (("min", entry.field.min), ("max", entry.field.max))
        if limit
    )
    return f'<input type="date" class="short" {attributes} value="{_text(entry.value)}"{limits}>'


def _textarea(entry: Entry, attributes: str) -> str:
    # The first line break after the tag is the page's own.
    return f'<textarea rows="5" {attributes}{_longest(entry.field)}>\n{_text(entry.value)}</textarea>'


def _select(entry: Entry, attributes: str) -> str:
    chosen = _text(entry.value)
    offered = "".join(
        f'<option value="{escape(option.value)}"{" selected" if escape(option.value) == chosen else ""}>'
        f"{escape(option.label)}</option>"
        for option in entry.field.options
    )
    return f'<select {attributes}><option value="">Please choose</option>{offered}</select>'


def _checkbox(entry: Entry, attributes: str) -> str:
    is_ticked = entry.value is True or entry.value == "true"
    return f'<input type="checkbox" value="true" {attributes}{" checked" if is_ticked else ""}>'


def _longest(field: Field) -> str:
    return f' maxlength="{field.max_length or LONGEST[field.type]}"'


def _text(value: JsonValue) -> str:
    """Return what was entered as an attribute's value; what no page sends, such as an object, is left out."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return escape(str(value))


_CONTROLS: Mapping[FieldType, Callable[[Entry, str], str]] = {
    "text": _line,
    "textarea": _textarea,
    "email": _email,
    "number": _number,
    "select": _select,
    "checkbox": _checkbox,
    "date": _date,
}
