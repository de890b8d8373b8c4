import pytest

from app.core.json import JsonValue
from app.graph.errors import Issue, Severity
from tests.factories.graphs import node
from tests.factories.judging import judged, question, text, trigger

WARNING = Severity.WARNING


@pytest.mark.parametrize(
    ("settings", "place"),
    [
        ({"url": "https://example.com/{{ vault.key }}"}, "url"),
        ({"url": "https://a", "headers": {"X": "a", "Y": "{{ vault['My key'] }}"}}, "headers[1].value"),
        ({"url": "https://a", "query": {"q": "{{ vault.a | upcase }}"}}, "query[0].value"),
        ({"url": "https://a", "body": {"deep": ["{% if vault.x %}y{% endif %}"]}}, "body"),
    ],
)
def test_the_vault_is_not_available(settings: dict[str, JsonValue], place: str) -> None:
    message = "w reads the vault; values from the vault are not available in this version."

    found = judged([trigger(), node("w", "webhook", settings)], "t > w")

    assert found == [Issue(f"nodes[1].data.{place}", message, "w")]


@pytest.mark.parametrize(
    ("template", "fault"),
    [
        ("{{ b.text }}", "a reads b, which is not upstream of it, so it renders as nothing."),
        ("{{ side.text }}", "a reads side, which is not upstream of it, so it renders as nothing."),
        ("{{ lost.text }}", "a reads lost, which is not upstream of it, so it renders as nothing."),
        ("{{ a.text }}", "a reads a, which is the node itself, so it renders as nothing."),
        (
            "{{ n9.text }}",
            "a reads n9, which is neither a node nor one of trigger, run, workflow, now, so it renders as nothing.",
        ),
        ("{{ item.x }}", "a reads item, which exists only inside iterators, so it renders as nothing."),
        ("{{ index }}", "a reads index, which exists only inside iterators, so it renders as nothing."),
        ("{{ parent.item }}", "a reads parent, which exists only inside iterators, so it renders as nothing."),
    ],
)
def test_a_template_that_reads_what_cannot_be_there_is_warned_of(template: str, fault: str) -> None:
    nodes: list[JsonValue] = [trigger(), text("a", template), text("b"), text("side"), text("lost")]
    found = judged(nodes, "t > a", "a > b", "t > side")

    assert Issue("nodes[1].data.template", fault, "a", WARNING) in found
    assert [issue.path for issue in found if issue.node_id == "a"] == ["nodes[1].data.template"]


@pytest.mark.parametrize(
    "template",
    [
        "{{ t.run_id }}{{ b.text }}{{ side.text }}",
        "{{ trigger.run_id }}{{ run.id }}{{ workflow.name }}{{ now }}",
        "{% assign own = b.text %}{{ own }}{% for each in b.result %}{{ each }}{% endfor %}",
        "{{ 'now' | date: '%Y' }}",
    ],
)
def test_what_is_upstream_or_always_there_may_be_read(template: str) -> None:
    nodes: list[JsonValue] = [trigger(), text("side"), text("b"), text("a", template)]

    assert judged(nodes, "t > b", "b > a", "t > side", "side > a") == []


def test_each_root_that_is_missing_is_warned_of_once_a_setting_in_alphabetical_order() -> None:
    found = judged([trigger(), text("a", "{{ z.x }}{{ y.x }}{{ z.w }}")], "t > a")

    assert [issue.message.partition(",")[0] for issue in found] == ["a reads y", "a reads z"]


def test_a_node_named_like_a_root_stands_before_it() -> None:
    nodes: list[JsonValue] = [trigger(), text("run"), text("a", "{{ run.text }}"), text("b", "{{ run.text }}")]
    found = judged(nodes, "t > run", "run > a", "t > b")

    assert [(issue.node_id, issue.message) for issue in found] == [
        ("b", "b reads run, which is not upstream of it, so it renders as nothing.")
    ]


def test_what_is_read_within_or_behind_a_cycle_is_not_judged() -> None:
    nodes: list[JsonValue] = [trigger(), text("a", "{{ b.x }}"), text("b"), text("c", "{{ a.x }}{{ d.x }}"), text("d")]
    found = judged(nodes, "t > a", "a > b", "b > a", "b > c", "t > d")

    assert [issue.path for issue in found] == ["nodes[1]"]


def test_a_node_that_nobody_reaches_is_warned_of() -> None:
    message = "No path leads from the trigger to {}, so it never runs."
    found = judged([trigger(), text("a"), text("lost"), text("behind")], "t > a", "lost > behind", "behind > a")

    assert found == [
        Issue("nodes[2]", message.format("lost"), "lost", WARNING),
        Issue("nodes[3]", message.format("behind"), "behind", WARNING),
    ]


def test_a_branch_that_leads_nowhere_is_warned_of() -> None:
    message = 'The branch "false" of q leads nowhere: a run that takes it goes no further.'
    found = judged([trigger(), question("q"), text("a")], "t > q", "q:true > a")

    assert found == [Issue("nodes[1]", message, "q", WARNING)]


def test_each_case_and_the_default_of_a_switch_are_branches() -> None:
    switch = node("s", "switch_condition", input=1, cases=[{"id": "one", "value": 1}, {"id": "two", "value": 2}])
    found = judged([trigger(), switch, text("a")], "t > s", "s:two > a", "s:error > a")

    assert [issue.message.split('"')[1] for issue in found] == ["one", "default"]


def test_a_last_node_is_no_branch() -> None:
    assert judged([trigger(), text("a")], "t > a") == []
