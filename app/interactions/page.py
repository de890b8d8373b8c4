"""The pages that people see: a form, what is wrong with an answer, thanks, and why there is nothing to answer."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape

from app.core.errors import VirgaError
from app.graph.form.judging import BUTTON
from app.graph.form.prompt import VALUES, Button, Prompt
from app.interactions.errors import InteractionClosedError, InteractionNotFoundError
from app.interactions.fields_html import Entry, field_html
from app.interactions.service import Accepted, View

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self';"
        " base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
}
_HEADINGS = {
    InteractionClosedError.code: "This form is closed",
    InteractionNotFoundError.code: "There is no such form",
}


@dataclass(frozen=True, slots=True)
class Page:
    html: str
    status: int = 200


def form_page(view: View) -> Page:
    """Show a form, with what was entered and what is wrong with it."""
    entries = list(_entries(view))
    prompt = view.prompt
    parts = [
        f"<h1>{escape(prompt.title)}</h1>",
        _facts(prompt, view.expires_at),
        _summary(view, entries),
        f'<p class="description">{escape(prompt.description)}</p>' if prompt.description else "",
        '<form method="post" novalidate>',
        *(field_html(entry) for entry in entries),
        _buttons(prompt.buttons),
        "</form>",
    ]
    title = f"Error: {prompt.title}" if view.faults else prompt.title
    return Page(_framed(title, "".join(parts)), 422 if view.faults else 200)


def thanks_page(accepted: Accepted) -> Page:
    """Say that the answer counts."""
    pressed = f"<strong>{escape(accepted.button.label)}</strong>" if len(accepted.prompt.buttons) > 1 else ""
    answered = f"Your answer, {pressed}, has been received." if pressed else "Your answer has been received."
    body = (
        f'<p class="sign good" aria-hidden="true">✓</p><h1>Thank you</h1>'
        f'<p class="topic">{escape(accepted.prompt.title)}</p><p>{answered} You can close this page.</p>'
    )
    return Page(_framed("Thank you", body))


def problem_page(error: VirgaError) -> Page:
    """Say why there is nothing to answer, or why an answer could not be taken."""
    heading = _HEADINGS.get(error.code, "That did not work")
    sign = '<p class="sign" aria-hidden="true">!</p>'
    return Page(_framed(heading, f"{sign}<h1>{heading}</h1><p>{escape(error.message)}</p>"), error.status)


def _entries(view: View) -> Iterator[Entry]:
    for number, field in enumerate(view.prompt.fields, 1):
        fault = view.faults.get(f"{VALUES}.{field.name}")
        yield Entry(f"f{number}", field, view.entered.get(field.name), fault, field.name in view.visible)


def _facts(prompt: Prompt, expires_at: datetime | None) -> str:
    facts = [f"For {escape(prompt.assignee)}"] if prompt.assignee else []
    if expires_at is not None:
        moment = expires_at.astimezone(UTC)
        written = f"{moment.day} {moment:%B %Y, %H:%M} UTC"
        facts.append(f'Open until <time datetime="{moment:%Y-%m-%dT%H:%M:%SZ}">{written}</time>')
    return f'<p class="facts">{" · ".join(facts)}</p>' if facts else ""


def _summary(view: View, entries: list[Entry]) -> str:
    """List what is wrong, with links to the fields; browsers put the focus there."""
    if not view.faults:
        return ""
    known = {BUTTON, *(f"{VALUES}.{entry.field.name}" for entry in entries)}
    listed = [f'<li><a href="#{entry.key}">{entry.sentence}</a></li>' for entry in entries if entry.fault]
    listed += [f"<li>{escape(f'{place}: {fault}.')}</li>" for place, fault in view.faults.items() if place not in known]
    listed += ["<li>Please answer with one of the buttons below.</li>"] if BUTTON in view.faults else []
    return (
        '<div class="summary" role="alert" tabindex="-1" autofocus aria-labelledby="summary">'
        f'<h2 id="summary">Please look at this again</h2><ul>{"".join(listed)}</ul></div>'
    )


def _buttons(buttons: tuple[Button, ...]) -> str:
    # Enter in a field presses the first button of a form: where there is a choice, it must not be made by accident.
    first = "<button disabled hidden></button>" if len(buttons) > 1 else ""
    shown = first + "".join(
        f'<button type="submit" name="{BUTTON}" value="{escape(button.id)}"{"" if is_first else _SECOND}>'
        f"{escape(button.label)}</button>"
        for button, is_first in ((button, button is buttons[0]) for button in buttons)
    )
    return f'<div class="buttons">{shown}</div>'


_SECOND = ' class="second"'


def _framed(title: str, body: str) -> str:
    return f"""<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{escape(title)}</title><link rel="stylesheet" href="/docs/assets/form.css">
<script src="/docs/assets/form.js"></script></head>
<body><main>{body}</main></body>
</html>
"""
