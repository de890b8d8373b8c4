"""What is wrong with nodes by themselves, as when one is tried out."""

from app.core.json import JsonValue
from app.graph.errors import Issue
from app.graph.validation import validate_node
from app.graph.wire import read
from app.nodes import CATALOGUE
from tests.factories.graphs import node
from tests.factories.judging import text


def judged_alone(*nodes: JsonValue) -> list[Issue]:
    definition, issues = read(list(nodes), [])
    return [*issues, *validate_node(definition, CATALOGUE)]


def test_a_node_needs_nothing_around_it() -> None:
    assert judged_alone(text("a", "{{ nowhere.x }}")) == []


def test_wrong_settings_are_named() -> None:
    message = '"url" is required.'

    assert judged_alone(node("w", "webhook")) == [Issue("nodes[0].data.url", message, "w")]


def test_the_vault_is_refused_where_it_may_not_be_read() -> None:
    assert [issue.path for issue in judged_alone(text("a", "{{ vault.key }}"))] == ["nodes[0].data.template"]


def test_the_whole_vault_is_refused() -> None:
    found = judged_alone(node("w", "webhook", url="https://a", body="{{ vault }}"))

    assert [issue.path for issue in found] == ["nodes[0].data.body"]


def test_all_faults_are_said_at_once() -> None:
    found = judged_alone(node("w", "webhook"), text("a", "{{ vault.key }}"))

    assert [issue.node_id for issue in found] == ["w", "a"]
