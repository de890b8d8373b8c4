"""Which items of the vault a definition names is known without running it."""

import pytest

from app.core.json import JsonValue
from app.graph.graph import build
from app.graph.wire import read
from app.nodes import CATALOGUE
from tests.factories.graphs import edges, node
from tests.factories.judging import text, trigger


def names_of(*nodes: JsonValue) -> frozenset[str]:
    """Return the names of a workflow of which only the first node is reached."""
    definition, _ = read([trigger(), text("a"), *nodes], edges("t > a"))
    return build(definition, CATALOGUE).vault_names


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({}, set()),
        ({"url": "https://a/{{ vault.a }}", "body": {"b": ["{{ vault['b c'] }}"]}}, {"a", "b c"}),
        ({"headers": {"X": "vlt_01"}, "query": {"q": "vlt_02"}}, {"vlt_01", "vlt_02"}),
        ({"auth": {"type": "basic", "username": "{{ vault.u }}", "password": "vlt_03"}}, {"u", "vlt_03"}),
        ({"somebody_elses": [{"deep": " vlt_04 "}, 5, None]}, {"vlt_04"}),
    ],
)
def test_all_nodes_count_also_one_that_is_never_reached(settings: dict[str, JsonValue], names: set[str]) -> None:
    assert names_of(node("lost", "webhook", {"url": "https://a", **settings})) == names


def test_a_secret_of_the_trigger_counts() -> None:
    verification: JsonValue = {"verification": {"secret": "vlt_05"}}
    assert names_of(node("n", "text_transform", {"template": "x", "other": verification})) == {"vlt_05"}
