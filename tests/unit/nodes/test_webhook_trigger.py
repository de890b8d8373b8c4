"""What the author of a webhook trigger can ask of its callers."""

import pytest

from app.core.json import JsonValue
from app.nodes.webhook_trigger import WebhookTrigger, WebhookTriggerSettings
from tests.factories.steps import bind, faults

ITEM = "vlt_01kaq3v0c3s8y5b1f7f3q2d6te"
ONE_OF_FOUR = "must be 'hmac_sha256', 'github', 'stripe' or 'slack'"
NOT_AN_ITEM = "Secrets are kept in the vault: write the id of an item here, such as vlt_01kaq3v0c3s8y5b1f7."


def settings_of(given: dict[str, JsonValue]) -> WebhookTriggerSettings:
    trigger = bind("webhook_trigger", given)
    assert isinstance(trigger, WebhookTrigger), trigger
    settings = trigger.base_settings
    assert isinstance(settings, WebhookTriggerSettings)
    return settings


def fault(**verification: JsonValue) -> dict[str, str]:
    """Return what is wrong with a verification that is right but for these settings."""
    return faults("webhook_trigger", {"verification": {"scheme": "stripe", "secret": ITEM, **verification}})


@pytest.mark.parametrize("scheme", ["hmac_sha256", "github", "stripe", "slack"])
def test_each_scheme_needs_a_secret_only(scheme: str) -> None:
    verification = settings_of({"verification": {"scheme": scheme, "secret": ITEM}}).verification

    assert verification is not None
    assert (verification.scheme, verification.secret) == (scheme, ITEM)
    assert (verification.header, verification.tolerance_seconds) == (None, None)


@pytest.mark.parametrize("setting", ["verification", "challenge", "verify_token"])
def test_null_asks_for_nothing(setting: str) -> None:
    assert settings_of({setting: None}) == settings_of({})


@pytest.mark.parametrize("challenge", ["slack", "meta", "msgraph"])
def test_a_handshake_is_named_after_its_service(challenge: str) -> None:
    assert settings_of({"challenge": challenge}).challenge == challenge


def test_the_handshake_of_meta_may_need_a_token() -> None:
    assert settings_of({"challenge": "meta", "verify_token": ITEM}).verify_token == ITEM


@pytest.mark.parametrize("challenge", [None, "slack", "msgraph"])
def test_no_other_handshake_has_a_token(challenge: str | None) -> None:
    message = '"verify_token" is for the handshake of meta: set "challenge" to meta, or leave it out.'

    assert faults("webhook_trigger", {"challenge": challenge, "verify_token": ITEM}) == {"verify_token": message}


def test_an_unknown_handshake_is_one_fault_also_with_a_token() -> None:
    assert faults("webhook_trigger", {"challenge": "github", "verify_token": ITEM}) == {
        "challenge": "\"challenge\" must be 'slack', 'meta' or 'msgraph'; it is the text \"github\"."
    }


@pytest.mark.parametrize(
    ("given", "setting", "message"),
    [
        ({"scheme": "md5"}, "scheme", f'{ONE_OF_FOUR}; it is the text "md5".'),
        ({"scheme": None}, "scheme", f"{ONE_OF_FOUR}; it is null."),
        ({"secret": None}, "secret", "must be a text; it is null."),
        ({"header": 5}, "header", "must be a text; it is 5."),
        ({"header": ""}, "header", "must be the name of a header, such as X-Signature."),
        ({"header": "a b"}, "header", "must be the name of a header, such as X-Signature."),
        ({"header": "ü"}, "header", "must be the name of a header, such as X-Signature."),
        ({"header": "a" * 101}, "header", "must be the name of a header, such as X-Signature."),
        ({"header": "{{ n1.name }}"}, "header", "must be the name of a header, such as X-Signature."),
        ({"tolerance_seconds": 0}, "tolerance_seconds", "must be at least 1; it is 0."),
        ({"tolerance_seconds": True}, "tolerance_seconds", "must be a number; it is true."),
        ({"tolerance_seconds": 86_401}, "tolerance_seconds", "must be at most 86400; it is 86401."),
        ({"tolerance_seconds": "soon"}, "tolerance_seconds", 'must be a whole number; it is the text "soon".'),
    ],
)
def test_what_is_wrong_is_said_with_what_would_be_right(
    given: dict[str, JsonValue], setting: str, message: str
) -> None:
    assert fault(**given) == {f"verification.{setting}": f'"verification.{setting}" {message}'}


@pytest.mark.parametrize(
    "secret", ["", "my-secret", "VLT_1", "vlt_", "vlt_ 1", "vlt_{{ x }}", "{{ vault.key }}", "vlt_" + "1" * 101]
)
def test_the_secret_itself_is_refused_and_not_repeated(secret: str) -> None:
    assert fault(secret=secret) == {"verification.secret": NOT_AN_ITEM}
    assert faults("webhook_trigger", {"challenge": "meta", "verify_token": secret}) == {"verify_token": NOT_AN_ITEM}


@pytest.mark.parametrize("scheme", ["stripe", "slack"])
def test_a_tolerance_is_for_calls_that_say_their_time(scheme: str) -> None:
    given: JsonValue = {"scheme": scheme, "secret": ITEM, "tolerance_seconds": 60}
    verification = settings_of({"verification": given}).verification

    assert verification is not None
    assert verification.tolerance_seconds == 60


@pytest.mark.parametrize("scheme", ["hmac_sha256", "github"])
def test_a_tolerance_that_would_check_nothing_is_refused(scheme: str) -> None:
    assert fault(scheme=scheme, tolerance_seconds=60) == {
        "verification.tolerance_seconds": f"Calls signed by {scheme} do not say when they were made, so"
        ' "verification.tolerance_seconds" has nothing to check; leave it out.'
    }


def test_a_tolerance_beside_an_unknown_scheme_is_no_second_fault() -> None:
    assert list(fault(scheme="md5", tolerance_seconds=60)) == ["verification.scheme"]


def test_a_verification_is_an_object() -> None:
    assert faults("webhook_trigger", {"verification": "slack"}) == {
        "verification": '"verification" must be an object; it is the text "slack".'
    }
