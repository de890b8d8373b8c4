from pydantic import BaseModel

from app.cli.reference.pages import markdown
from app.cli.reference.settings import rows_of
from app.graph.field_rules.table import RULES
from app.nodes import CATALOGUE
from app.nodes.array_condition import ArrayConditionSettings
from app.nodes.string_transform import StringTransformSettings
from app.nodes.switch_condition import SwitchConditionSettings
from app.nodes.webhook import WebhookSettings


def kinds(settings: type[BaseModel], prefix: str) -> list[tuple[str, str]]:
    return [(row.name, row.kind) for row in rows_of(settings.model_json_schema()) if row.name.startswith(prefix)]


def test_an_object_of_several_kinds_shows_the_settings_of_each_behind_its_name() -> None:
    assert kinds(WebhookSettings, "auth") == [
        ("auth", "object"),
        ("auth.type", "`basic`"),
        ("auth.username", "text, with templates"),
        ("auth.password", "text, with templates"),
        ("auth.type", "`bearer`"),
        ("auth.token", "text, with templates"),
        ("auth.type", "`header`"),
        ("auth.name", "text, with templates"),
        ("auth.value", "text, with templates"),
    ]


def test_each_operation_of_a_text_shows_its_parameters() -> None:
    found = kinds(StringTransformSettings, "operations[]")

    at = found.index(("operations[].operation", "`regex_extract`"))
    assert [name for name, _ in found[at + 1 : at + 4]] == [
        f"operations[].{name}" for name in ("pattern", "group", "all")
    ]


def test_each_kind_of_case_begins_with_its_type() -> None:
    found = kinds(SwitchConditionSettings, "cases[]")

    types = [kind for name, kind in found if name == "cases[].type"]
    assert found[0][0] == "cases[].type"
    assert types == ["`string`", "`number`", "`boolean`", "`date`", "`array`"]


def test_a_long_default_is_cut() -> None:
    rows = rows_of(StringTransformSettings.model_json_schema())

    defaults = [row.default for row in rows if row.name == "operations[].alphabet"]
    assert defaults == ['"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLM…']


def test_what_takes_anything_or_a_rule_says_both() -> None:
    assert kinds(ArrayConditionSettings, "value") == [
        ("value", "anything, with templates in its texts, or a [rule](#rules)")
    ]


def test_the_reference_names_every_rule_for_fields() -> None:
    listed = markdown(CATALOGUE).partition("## Rules for fields")[2]

    assert [line.split("`")[1] for line in listed.splitlines() if line.startswith("| `")] == sorted(RULES)
