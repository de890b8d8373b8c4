"""Rules for the fields of a value, in the notation of Laravel: `{"items.*.name": "required|string|max:5"}`."""

from app.graph.field_rules.checking import FieldCheck
from app.graph.field_rules.names import parse_name
from app.graph.field_rules.setting import FieldRules

__all__ = ["FieldCheck", "FieldRules", "parse_name"]
