import pytest

from app.core.json import JsonObject, JsonValue
from app.graph.errors import Issue, Severity
from tests.factories.graphs import node
from tests.factories.judging import judged, question, text, trigger

WARNING = Severity.WARNING


@pytest.mark.parametrize(
    "settings",
    [
        {"url": "https://example.com/{{ vault.key }}"},
        {"headers": {"X": "a", "Y": "{{ vault['My key'] }}"}},
        {"query": {"q": "{{ vault.a | upcase }}"}},
        {"body": {"deep": ["{% if vault.x %}y{% endif %}"]}},
        {"auth": {"type": "bearer", "token": "{{ vault.x }}"}},
    ],
)
def test_items_of_the_vault_may_be_read_by_what_goes_outside(settings: dict[str, JsonValue]) -> None:
    assert judged([trigger(), node("w", "webhook", {"url": "https://a", **settings})], "t > w") == []


@pytest.mark.parametrize("template", ["{{ vault }}", "{{ vault[t.x] }}", "{{ vault[0] }}", "{{ vault.a }}{{ vault }}"])
@pytest.mark.parametrize("around", ["{}", "{{% assign v = 1 %}}{}", "{{% for x in t.list %}}{}{{% endfor %}}"])
def test_the_whole_vault_cannot_be_read(template: str, around: str) -> None:
    settings: dict[str, JsonValue] = {"url": "https://a", "body": around.format(template)}
    found = judged([trigger(), node("w", "webhook", settings)], "t > w")

    message = (
        "w reads the vault without naming an item: "
        'write {{ vault.name }} or {{ vault["My key"] }}, with the name as it is.'
    )
    assert found == [Issue("nodes[1].data.body", message, "w")]


@pytest.mark.parametrize(
    ("component", "settings", "place"),
    [
        ("text_transform", {"template": "{{ vault.a }}"}, "template"),
        ("data_mapper", {"mappings": [{"key": "a", "value": {"b": "{{ vault['x y'] }}"}}]}, "mappings[0].value"),
        ("terminate", {"message": "{{ vault.a }}"}, "message"),
        ("delay", {"duration": "{{ vault.a }}", "unit": "seconds"}, "duration"),
        ("webhook", {"url": "https://a", "headers": [{"key": "{{ vault.a }}", "value": "b"}]}, "headers[0].key"),
        ("webhook", {"url": "https://a", "query": [{"key": "{{ vault.a }}", "value": "b"}]}, "query[0].key"),
        (
            "webhook",
            {"url": "https://a", "auth": {"type": "header", "name": "X-{{ vault.a }}", "value": "b"}},
            "auth.name",
        ),
    ],
)
def test_the_vault_is_refused_elsewhere(component: str, settings: dict[str, JsonValue], place: str) -> None:
    found = judged([trigger(), node("n", component, settings)], "t > n")

    assert [(issue.path, issue.node_id, issue.severity) for issue in found] == [
        (f"nodes[1].data.{place}", "n", Severity.ERROR)
    ]
    assert found[0].message.startswith("n reads the vault here; it may be read only in ")
    assert "url, headers, query, body, auth of webhook" in found[0].message


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


def test_an_iterator_without_a_body_is_warned_of() -> None:
    message = 'Nothing hangs on the handle "item" of i, so that nothing is done with its items.'
    found = judged([trigger(), node("i", "iterator", array=[1]), text("a")], "t > i", "i:done > a")

    assert found == [Issue("nodes[1]", message, "i", WARNING)]


def test_a_run_may_end_behind_an_iterator() -> None:
    assert judged([trigger(), node("i", "iterator", array=[1]), text("a")], "t > i", "i:item > a") == []


def test_a_condition_that_would_go_on_after_an_error_by_neither_branch_is_warned_of() -> None:
    message = (
        'After a failure of q there is no way on: which of "true", "false" a success would take is not known, so'
        ' "continue_on_error" takes none. Draw an edge from its handle "error".'
    )
    condition = node("q", "boolean_condition", input=True, operator="is_true", continue_on_error=True)
    found = judged([trigger(), condition, text("a")], "t > q", "q:true > a", "q:false > a")

    assert found == [Issue("nodes[1].data.continue_on_error", message, "q", WARNING)]


@pytest.mark.parametrize(
    ("careless", "edges"),
    [
        (node("q", "boolean_condition", input=True, operator="is_true", continue_on_error=True), ["q:error > a"]),
        (node("q", "switch_condition", input=1, cases=[{"id": "true", "value": 1}], continue_on_error=True), []),
        (node("q", "boolean_condition", input=True, operator="is_true"), []),
    ],
)
def test_a_failure_that_has_a_way_on_or_is_to_have_none_is_no_matter(careless: JsonObject, edges: list[str]) -> None:
    drawn = ["t > q", *(f"q:{handle} > a" for handle in ("true", "false", "default")), *edges]
    found = judged([trigger(), careless, text("a")], *drawn)

    assert [issue for issue in found if issue.severity is WARNING] == []


def test_a_last_node_is_no_branch() -> None:
    assert judged([trigger(), text("a")], "t > a") == []
