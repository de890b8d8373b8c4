"""Channels as the environment names them."""

import pytest

from app.core.config import load_settings
from app.core.errors import SetupError

WEBHOOK = {"VIRGA_CHANNELS__OPS__TYPE": "webhook", "VIRGA_CHANNELS__OPS__URL": "https://hooks.example/secret"}
MAIL = {
    "VIRGA_CHANNELS__ON_CALL__TYPE": "email",
    "VIRGA_CHANNELS__ON_CALL__HOST": "mail.internal",
    "VIRGA_CHANNELS__ON_CALL__PORT": "2525",
    "VIRGA_CHANNELS__ON_CALL__USERNAME": "007",
    "VIRGA_CHANNELS__ON_CALL__PASSWORD": "1e5",
    "VIRGA_CHANNELS__ON_CALL__FROM": "a@example.com",
    "VIRGA_CHANNELS__ON_CALL__TO": "b@example.com, c@example.com",
}


@pytest.fixture(autouse=True)
def _servers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nowhere")
    monkeypatch.setenv("REDIS_URL", "redis://nowhere")


def setting(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


def test_there_need_be_none() -> None:
    assert load_settings().channels == {}


def test_channels_are_written_variable_by_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    setting(monkeypatch, {**WEBHOOK, **MAIL})
    ops, mail = load_settings().channels["ops"], load_settings().channels["on_call"]

    assert (ops.type, ops.url and ops.url.get_secret_value()) == ("webhook", "https://hooks.example/secret")
    assert (mail.host, mail.port, mail.security, mail.username) == ("mail.internal", 2525, "starttls", "007")
    assert (mail.password and mail.password.get_secret_value(), mail.sender) == ("1e5", "a@example.com")
    assert mail.to == "b@example.com, c@example.com"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VIRGA_CHANNELS", '{"ops": {"type": "webhook", "url": "https://hooks.example/secret"}}'),
        ("VIRGA_CHANNELS__OPS", '{"type": "webhook", "url": "https://hooks.example/secret"}'),
    ],
)
def test_channels_are_written_as_json(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    setting(monkeypatch, {name: value})
    assert list(load_settings().channels) == ["ops"]


def test_settings_do_not_show_what_channels_are_made_of(monkeypatch: pytest.MonkeyPatch) -> None:
    setting(monkeypatch, {**WEBHOOK, **MAIL})
    shown = repr(load_settings())

    assert "channels={" in shown
    assert not any(word in shown for word in ("hooks.example", "mail.internal", "007", "1e5", "@example.com", "2525"))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"VIRGA_CHANNELS__OPS__TYPE": "fax"}, "CHANNELS__OPS__TYPE: input should be 'webhook' or 'email'"),
        ({"VIRGA_CHANNELS__OPS__TYPE": "email"}, "a channel of the type email needs host and from and to"),
        ({"VIRGA_CHANNELS__X__TYPE": "webhook"}, "CHANNELS__X: value error, a channel of the type webhook needs url"),
        ({"VIRGA_CHANNELS__ON_CALL__PORT": "70000"}, "CHANNELS__ON_CALL__PORT: input should be less than or equal"),
        ({"VIRGA_CHANNELS__Y": '{"type": "webhook", "url": "x", "username": "a"}'}, "username and password belong"),
    ],
)
def test_a_channel_that_is_wrong_is_named(monkeypatch: pytest.MonkeyPatch, changes: dict[str, str], said: str) -> None:
    setting(monkeypatch, {**WEBHOOK, **MAIL, **changes})

    with pytest.raises(SetupError) as caught:
        load_settings()
    assert said in str(caught.value)
    assert "hooks.example" not in str(caught.value)


def test_what_is_wrong_is_named_as_the_environment_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REDIS_URL")
    setting(monkeypatch, {"VIRGA_CHANNELS__OPS__TYPE": "webhook", "VIRGA_LIMITS__NODES": "many"})
    with pytest.raises(SetupError) as caught:
        load_settings()

    named = [part.partition(": ")[0] for part in caught.value.args[0].partition(": ")[2].split("; ")]
    assert named == ["REDIS_URL", "VIRGA_CHANNELS__OPS", "VIRGA_LIMITS__NODES"]
