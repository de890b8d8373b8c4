"""What stands for a secret of the vault, and which items a template names."""

import pytest

from app.graph.errors import TemplateError
from app.graph.template import BodyTemplate, SecretText, SecretValue, TextTemplate, ValueTemplate
from tests.factories.budgets import standing_budget


@pytest.mark.parametrize("text", ["vlt_01k8x", " vlt_01K8X\n"])
def test_the_id_of_a_vault_item_stands_for_its_secret(text: str) -> None:
    item = text.strip()
    for template in (SecretText(text), SecretValue(text)):
        assert (template.source, template.is_static) == (text, False)
        assert template.vault_names == {item}
        assert template.render({"vault": {item: "s3cret"}}, standing_budget()) == "s3cret"


@pytest.mark.parametrize("text", ["", "x vlt_01", "vlt_", "vlt_ä", "vlt_01-x", "Bearer vlt_01", "VLT_01"])
def test_every_other_text_is_itself(text: str) -> None:
    for template in (SecretText(text), SecretValue(text)):
        assert template.render({}, standing_budget()) == text
        assert template.vault_names == set()


def test_a_value_that_is_no_text_is_itself() -> None:
    assert SecretValue(["vlt_01", 1]).render({}, standing_budget()) == ["vlt_01", 1]


def test_an_id_with_a_template_in_it_is_refused() -> None:
    for kind in (SecretText, SecretValue):
        with pytest.raises(TemplateError, match="is written out"):
            kind(" vlt_{{ n1.id }}")


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("{{ vault.a }}{{ vault['My key'].x }}{{ n1.vault.b }}", {"a", "My key"}),
        ("{% if vault.a == n1.x %}{{ vault.b | upcase }}{% endif %}", {"a", "b"}),
        ("{{ vault }}{{ vault[0] }}{{ vault[n1.x] }}", set()),
    ],
)
def test_a_template_knows_the_items_that_it_names(source: str, names: set[str]) -> None:
    assert TextTemplate(source).vault_names == names
    assert ValueTemplate({"x": [source]}).vault_names == names
    assert BodyTemplate({"x": [source]}).vault_names == names
