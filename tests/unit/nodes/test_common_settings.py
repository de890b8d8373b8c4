import pytest

from app.core.json import JsonValue
from app.graph.node import Action, ActionSettings
from app.nodes import COMPONENTS
from tests.factories.steps import action, faults

ACTIONS = [kind for kind in COMPONENTS if issubclass(kind, Action)]


def test_no_action_goes_on_after_an_error_or_tries_again_unless_told_to() -> None:
    settings = action("text_transform", {"template": "x"}).action_settings

    assert not settings.continue_on_error
    assert settings.retry is None
    assert settings.timeout_seconds is None
    assert settings.description is None


@pytest.mark.parametrize("kind", ACTIONS, ids=lambda kind: kind.component_id)
def test_every_action_has_the_common_settings(kind: type[Action]) -> None:
    common: dict[str, JsonValue] = {
        "continue_on_error": True,
        "retry": {"max_attempts": 3, "delay_seconds": 2, "backoff": "exponential"},
        "timeout_seconds": 10,
        "description": "Why.",
    }
    settings = action(kind.component_id, {**kind.example, **common}).action_settings

    assert issubclass(kind.settings_type, ActionSettings)
    assert settings.continue_on_error
    assert settings.retry is not None
    assert (settings.retry.max_attempts, settings.retry.delay_seconds, settings.retry.backoff) == (3, 2, "exponential")
    assert settings.timeout_seconds == 10
    shown = getattr(settings.description, "source", settings.description)  # that of a form is a template
    assert shown == "Why."


@pytest.mark.parametrize("kind", ACTIONS, ids=lambda kind: kind.component_id)
def test_every_action_has_an_error_handle(kind: type[Action]) -> None:
    assert action(kind.component_id, kind.example).handles()[-1] == "error"


@pytest.mark.parametrize(
    ("settings", "place", "message"),
    [
        ({"continue_on_error": "perhaps"}, "continue_on_error", 'must be true or false; it is the text "perhaps".'),
        ({"continue_on_error": []}, "continue_on_error", "must be true or false; it is a list."),
        ({"retry": 3}, "retry", "must be an object; it is 3."),
        ({"retry": {"max_attempts": 0}}, "retry.max_attempts", "must be at least 1; it is 0."),
        ({"retry": {"max_attempts": 11}}, "retry.max_attempts", "must be at most 10; it is 11."),
        ({"retry": {"max_attempts": 1.5}}, "retry.max_attempts", "must be a whole number; it is 1.5."),
        ({"retry": {"max_attempts": "x"}}, "retry.max_attempts", 'must be a whole number; it is the text "x".'),
        ({"retry": {"max_attempts": True}}, "retry.max_attempts", "must be a number; it is true."),
        ({"retry": {"delay_seconds": False}}, "retry.delay_seconds", "must be a number; it is false."),
        ({"timeout_seconds": True}, "timeout_seconds", "must be a number; it is true."),
        ({"retry": {"delay_seconds": -1}}, "retry.delay_seconds", "must be at least 0; it is -1."),
        ({"retry": {"delay_seconds": 3601}}, "retry.delay_seconds", "must be at most 3600; it is 3601."),
        ({"retry": {"backoff": "slow"}}, "retry.backoff", "must be 'fixed' or 'exponential'; it is the text \"slow\"."),
        ({"timeout_seconds": 0}, "timeout_seconds", "must be greater than 0; it is 0."),
        ({"timeout_seconds": 301}, "timeout_seconds", "must be at most 300; it is 301."),
        ({"timeout_seconds": "soon"}, "timeout_seconds", 'must be a number; it is the text "soon".'),
        ({"description": {}}, "description", "must be a text; it is an object."),
    ],
)
def test_a_wrong_common_setting_is_named(settings: dict[str, JsonValue], place: str, message: str) -> None:
    assert faults("text_transform", {"template": "x", **settings}) == {place: f'"{place}" {message}'}


def test_unknown_settings_are_somebody_elses() -> None:
    action("text_transform", {"template": "x", "label": "A note", "style": {"color": "red"}})


def test_every_wrong_setting_is_named_at_once() -> None:
    found = faults("webhook", {"method": "FETCH", "headers": [{"key": "a b", "value": "x"}], "response": 1})

    assert list(found) == ["method", "url", "headers[0].key", "response"]
    assert found["url"] == '"url" is required.'


def test_a_template_that_does_not_parse_is_named_with_line_and_column() -> None:
    found = faults("text_transform", {"template": "line\n{{ a | }}{% if %}"})

    assert list(found) == ["template"]
    assert found["template"].startswith('"template" of n1: ')
    assert "(line 2, column " in found["template"]
