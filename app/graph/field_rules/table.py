"""Every rule there is."""

from collections.abc import Mapping

from app.graph.field_rules.choices import CHOICE_RULES
from app.graph.field_rules.dates import DATE_RULES
from app.graph.field_rules.formats import FORMAT_RULES
from app.graph.field_rules.kinds import KIND_RULES
from app.graph.field_rules.presence import PRESENCE_RULES
from app.graph.field_rules.rule import Rule
from app.graph.field_rules.sizes import SIZE_RULES
from app.graph.field_rules.texts import TEXT_RULES

RULES: Mapping[str, Rule] = {
    **PRESENCE_RULES,
    **KIND_RULES,
    **SIZE_RULES,
    **TEXT_RULES,
    **FORMAT_RULES,
    **DATE_RULES,
    **CHOICE_RULES,
}
