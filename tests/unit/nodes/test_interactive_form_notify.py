"""Forms that tell somebody where they are."""

from datetime import timedelta

import pytest

from app.core.clock import format_time
from app.core.json import JsonObject, JsonValue
from app.graph.errors import Issue, PermanentError, Severity, StepError, TemporaryError
from app.graph.outcome import Wait
from app.graph.ports import Notification
from tests.factories.graphs import node
from tests.factories.judging import judged, trigger
from tests.factories.noting import NotedLink
from tests.factories.steps import NOW, RecordingChannels, StepContext, action, faults, outcome_of

URL, TOKEN = "https://virga.example/f/t0ken-of-the-form", "t0ken-of-the-form"
NOTIFY: dict[str, JsonValue] = {
    "channel": " {{ n1.team }} ",
    "subject": "{{ n1.x }}: {{ form.expires_at }}",
    "message": "{{ form.url }}",
}


def notifying(**changes: JsonValue) -> dict[str, JsonValue]:
    return {"title": "Asked", "notify": {**NOTIFY, **changes}}


def context(channels: RecordingChannels) -> StepContext:
    return StepContext({"n1": {"x": 1, "team": "ops"}, "form": {"url": "a node's"}}, channels=channels)


async def test_the_address_is_sent_as_the_settings_say() -> None:
    channels = RecordingChannels()
    await action("interactive_form", {**notifying(), "expires_in_seconds": 60}).run(context(channels))
    until = format_time(NOW + timedelta(seconds=60))
    sent = Notification("ops", f"1: {until}", URL, "fl_run_1::n1", NOW, 30, secrets=(TOKEN,))
    assert channels.delivered == [sent]


async def test_a_form_without_an_end_has_no_moment_to_tell() -> None:
    channels = RecordingChannels()
    await action("interactive_form", notifying()).run(context(channels))
    assert channels.delivered[0].subject == "1: "


async def test_the_wait_names_the_key_of_the_address_that_was_sent() -> None:
    outcome = await outcome_of("interactive_form", notifying(), context(RecordingChannels()))
    assert isinstance(outcome, Wait)
    assert outcome.key_id == "k7"


async def test_a_form_that_tells_nobody_has_no_address_made() -> None:
    link = NotedLink()
    outcome = await outcome_of("interactive_form", {"title": "Asked"}, StepContext(form_link=link))
    assert isinstance(outcome, Wait)
    assert (outcome.key_id, link.issued) == (None, 0)


def test_only_a_form_that_tells_somebody_changes_something_outside() -> None:
    assert action("interactive_form", notifying()).has_effect
    assert not action("interactive_form", {"title": "Asked"}).has_effect


@pytest.mark.parametrize("error", [TemporaryError("gone", delay_seconds=3), PermanentError("no such channel")])
async def test_a_form_does_not_wait_where_nobody_could_be_told(error: StepError) -> None:
    node_ = action("interactive_form", notifying())
    with pytest.raises(type(error)) as caught:
        await node_.run(context(RecordingChannels(error)))
    assert str(caught.value) == f"The notification was not delivered: {error.message}"


@pytest.mark.parametrize("wrong", [{"title": "x" * 201}, {"expires_in_seconds": "{{ n1.x }}"}])
async def test_nobody_is_told_of_what_cannot_be_asked(wrong: JsonObject) -> None:
    channels = RecordingChannels()
    with pytest.raises(PermanentError):
        await action("interactive_form", {**notifying(), **wrong}).run(context(channels))
    assert channels.delivered == []


def found_in(settings: dict[str, JsonValue]) -> list[Issue]:
    """Return what is said of the settings when a workflow with them is saved."""
    found = judged([trigger(), node("n", "interactive_form", settings)], "t > n")
    return [issue for issue in found if issue.path.startswith("nodes[1].data.")]


@pytest.mark.parametrize("place", ["subject", "message"])
@pytest.mark.parametrize("read", ["{{ form }}", "{{ form['url'] }}", "{{ form.url | split: '/' | last }}"])
def test_subject_and_message_may_read_the_form(place: str, read: str) -> None:
    settings = notifying(**{"channel": "ops", "subject": "", place: read})
    assert found_in(settings) == []


@pytest.mark.parametrize("place", ["subject", "message"])
def test_of_the_form_nothing_else_can_be_read(place: str) -> None:
    message = "There is no form.button.label here; of the form there are form.url and form.expires_at."
    expected = {f"notify.{place}": message}
    assert faults("interactive_form", notifying(**{place: "{{ form.button.label }}"})) == expected


@pytest.mark.parametrize(
    ("settings", "place"),
    [
        (notifying(channel="{{ form.url }}"), "notify.channel"),
        ({**notifying(channel="a"), "title": "{{ form.url }}"}, "title"),
    ],
)
def test_elsewhere_the_form_is_not_known(settings: dict[str, JsonValue], place: str) -> None:
    settings = {**settings, "notify": {**settings["notify"], "subject": ""}}  # type: ignore[dict-item] # an object
    unknown = "n reads form, which is neither a node nor one of trigger, run, workflow, now, so it renders as nothing."
    assert found_in(settings) == [Issue(f"nodes[1].data.{place}", unknown, "n", Severity.WARNING)]


@pytest.mark.parametrize(
    ("notify", "expected"),
    [
        ("ops", {"notify": '"notify" must be an object; it is the text "ops".'}),
        (
            {},
            {
                "notify.channel": '"notify.channel" is required.',
                "notify.message": '"notify.message" is required.',
            },
        ),
        ({**NOTIFY, "channel": ""}, {"notify.channel": '"channel" is empty; give the name of a channel.'}),
    ],
)
def test_a_wrong_notification_is_named(notify: JsonValue, expected: dict[str, str]) -> None:
    assert faults("interactive_form", {"title": "Asked", "notify": notify}) == expected
