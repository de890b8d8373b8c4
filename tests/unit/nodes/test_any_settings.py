"""Whatever stands in a setting, a node is refused with a sentence or comes to an outcome; nothing else is raised."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.json import JsonValue, dumps
from app.graph.errors import StepError, TemporaryError
from app.graph.node import Action, Node
from app.graph.outcome import Call, Failure, Finish, Iterate, Outcome, Success, Wait
from app.graph.ports import HttpAnswer
from app.graph.ssh_report import CommandEnd
from app.nodes import COMPONENTS
from tests.factories.steps import Ran, RecordingHttp, RecordingSsh, StepContext, bind

WORDS = st.sampled_from(
    [
        *("", " ", "5 minutes", "1e400", "-1", "{{ n1 }}", "{{ n1.x }}", "{{ n1.x | split: ',' }}!", "{{", "{% if %}"),
        *("is_true", "between", "regex", "in", "2xx", "vlt_1", "https://example.com", "a.b[]", "(", "GET", "true"),
        *("and", "or", "any", "all", "within", "string", "number", "date", "array", "2026-01-01", "now", "{{ item }}"),
        *("required|string|max:5", "integer|min:{{ n1 }}", "regex:(", "a.*.b", "min:", "object"),
    ]
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6) | WORDS
KEYS = TEXTS | st.sampled_from(
    [
        *("key", "value", "id", "operator", "type", "x", "input", "logic", "rules", "amount", "a", "a.*.b"),
        *("properties", "items", "$ref", "pattern"),
    ]
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=8,
)
ANSWERS = st.builds(
    HttpAnswer,
    st.integers(100, 599),
    TEXTS,
    st.dictionaries(
        st.sampled_from(["content-type", "retry-after", "date", "x"]),
        st.sampled_from(["application/json", "text/plain; charset=utf-16", "image/png", "5", "Thu, 01 Jan 2026"])
        | TEXTS,
    ),
    st.binary(max_size=20) | st.sampled_from([b"[1]", b'"\\ud800"', b"1e999"]),
)
RAN = st.builds(
    Ran,
    st.binary(max_size=20),
    st.binary(max_size=20),
    st.builds(CommandEnd, st.none() | st.integers(0, 255), st.none() | TEXTS),
)


def attempt(node: Action, ctx: StepContext) -> Outcome:
    try:
        return asyncio.run(node.run(ctx))
    except StepError as error:
        return Failure(error.message, error.output, retryable=isinstance(error, TemporaryError))


def output_of(outcome: Outcome) -> Mapping[str, JsonValue]:
    if isinstance(outcome, Call):
        return outcome.payload
    return {} if isinstance(outcome, Wait | Iterate) else outcome.output


@pytest.mark.parametrize("kind", COMPONENTS, ids=lambda kind: kind.component_id)
@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_any_json_in_any_setting(kind: type[Node], data: st.DataObject) -> None:
    names = st.sampled_from(sorted(kind.settings_type.model_fields))
    changed = data.draw(st.dictionaries(names, JSON, min_size=1, max_size=3))
    bound = bind(kind.component_id, {**kind.example, **changed})

    if isinstance(bound, list):
        assert bound
        assert all(issue.path.startswith("nodes[0].data.") and issue.message.endswith(".") for issue in bound), bound
    elif isinstance(bound, Action):
        http = RecordingHttp(data.draw(ANSWERS))
        ssh = RecordingSsh(data.draw(RAN))
        ctx = StepContext({"n1": data.draw(JSON)}, http, http, ssh=ssh, vault=defaultdict(lambda: "a secret"))
        outcome = attempt(bound, ctx)
        assert isinstance(outcome, Success | Failure | Wait | Finish | Iterate | Call)
        dumps(output_of(outcome))
        assert not isinstance(outcome, Success) or outcome.handle in bound.handles()
