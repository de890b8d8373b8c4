"""Notifications that a node hands to a channel."""

import pytest

from app.core.json import JsonValue
from app.graph.errors import PermanentError, TemporaryError
from app.graph.outcome import Success
from app.graph.ports import Notification
from tests.factories.steps import NOW, RecordingChannels, StepContext, action, faults, outcome_of

SETTINGS: dict[str, JsonValue] = {"channel": " Ops ", "subject": "S {{ n1.x }}", "message": "M {{ n1.x }}"}


async def test_a_notification_is_handed_over_as_the_settings_say() -> None:
    channels = RecordingChannels()
    outcome = await outcome_of("send_notification", SETTINGS, StepContext({"n1": {"x": 1}}, channels=channels))

    assert channels.delivered == [Notification("Ops", "S 1", "M 1", "fl_run_1::n1", NOW, 30)]
    assert outcome == Success({"delivered": True, "channel": "ops"})


async def test_there_need_be_no_subject() -> None:
    channels = RecordingChannels()
    await action("send_notification", {"channel": "ops", "message": "x"}).run(StepContext(channels=channels))

    assert channels.delivered[0].subject == ""


async def test_the_channel_may_be_a_template() -> None:
    channels = RecordingChannels()
    settings: dict[str, JsonValue] = {"channel": "{{ n1 }}", "message": "x"}
    await action("send_notification", settings).run(StepContext({"n1": "team"}, channels=channels))

    assert channels.delivered[0].channel == "team"


def test_notifying_changes_something_outside() -> None:
    assert action("send_notification", SETTINGS).has_effect


@pytest.mark.parametrize("error", [TemporaryError("gone", delay_seconds=3), PermanentError("no such channel")])
async def test_a_failure_says_that_nothing_was_delivered(error: PermanentError | TemporaryError) -> None:
    node = action("send_notification", SETTINGS)

    with pytest.raises(type(error)) as caught:
        await node.run(StepContext(channels=RecordingChannels(error)))
    assert str(caught.value) == f"The notification was not delivered: {error.message}"


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"channel": " "}, {"channel": '"channel" is empty; give the name of a channel.'}),
        ({"channel": None}, {"channel": '"channel" must be text, a number, true or false; it is null.'}),
        ({"subject": []}, {"subject": '"subject" must be text, a number, true or false; it is a list.'}),
        ({"message": {}}, {"message": '"message" must be text, a number, true or false; it is an object.'}),
    ],
)
def test_a_wrong_setting_is_named(settings: dict[str, JsonValue], expected: dict[str, str]) -> None:
    assert faults("send_notification", {**SETTINGS, **settings}) == expected


@pytest.mark.parametrize("missing", ["channel", "message"])
def test_a_missing_setting_is_named(missing: str) -> None:
    given = {name: value for name, value in SETTINGS.items() if name != missing}

    assert faults("send_notification", given) == {missing: f'"{missing}" is required.'}
