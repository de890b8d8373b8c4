"""Templates in settings: Liquid, bounded, over plain JSON. See `limits` for what one may cost."""

from app.graph.template.body import BodyTemplate
from app.graph.template.budget import StepBudget
from app.graph.template.forms import RenderedBody
from app.graph.template.number import NumberTemplate
from app.graph.template.reads import Read
from app.graph.template.settings import iter_templates
from app.graph.template.template import Template
from app.graph.template.text import TextTemplate
from app.graph.template.value import ValueTemplate

__all__ = [
    "BodyTemplate",
    "NumberTemplate",
    "Read",
    "RenderedBody",
    "StepBudget",
    "Template",
    "TextTemplate",
    "ValueTemplate",
    "iter_templates",
]
