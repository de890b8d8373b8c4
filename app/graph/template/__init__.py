"""Templates in settings: Liquid, bounded, over plain JSON. See `limits` for what one may cost."""

from app.graph.template.body import BodyTemplate
from app.graph.template.budget import StepBudget
from app.graph.template.forms import RenderedBody
from app.graph.template.number import NumberTemplate
from app.graph.template.reads import VAULT, Read
from app.graph.template.secret import SecretText, SecretValue, item_named
from app.graph.template.settings import (
    SECRET_CAPABLE,
    TemplateSetting,
    iter_templates,
    place_of,
    secret_capable_settings,
)
from app.graph.template.template import Template
from app.graph.template.text import TextTemplate
from app.graph.template.value import ValueTemplate

__all__ = [
    "SECRET_CAPABLE",
    "VAULT",
    "BodyTemplate",
    "NumberTemplate",
    "Read",
    "RenderedBody",
    "SecretText",
    "SecretValue",
    "StepBudget",
    "Template",
    "TemplateSetting",
    "TextTemplate",
    "ValueTemplate",
    "item_named",
    "iter_templates",
    "place_of",
    "secret_capable_settings",
]
