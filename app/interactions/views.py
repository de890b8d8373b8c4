"""Forms as programs get them: what is asked, without the rules behind it."""

from collections.abc import Mapping

from app.core.errors import Fault, InvalidRequestError
from app.graph.form.prompt import Field
from app.http.error_answers import summary_of
from app.interactions.schemas import Interaction, InteractionButton, InteractionField, InteractionOption
from app.interactions.service import View


def shown(view: View) -> Interaction:
    prompt = view.prompt
    return Interaction(
        title=prompt.title,
        description=prompt.description,
        assignee=prompt.assignee,
        fields=[_field(field, is_shown=field.name in view.visible) for field in prompt.fields],
        buttons=[InteractionButton(id=button.id, label=button.label) for button in prompt.buttons],
        expires_at=view.expires_at,
    )


def refusal(faults: Mapping[str, str]) -> InvalidRequestError:
    """Return the error that names every fault of an answer."""
    named = [Fault(place, fault) for place, fault in faults.items()]
    return InvalidRequestError(summary_of(named), faults=named)


def _field(field: Field, *, is_shown: bool) -> InteractionField:
    options = [InteractionOption(value=option.value, label=option.label) for option in field.options]
    plain = field.model_dump(exclude={"options", "visible_if"})
    return InteractionField(**plain, options=options, visible=is_shown)
