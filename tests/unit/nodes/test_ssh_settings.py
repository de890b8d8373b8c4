"""Which settings of `ssh` are refused when they are saved, and why."""

import pytest

from app.core.json import JsonValue
from tests.factories.steps import action, faults

FINGERPRINT = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"
NO_KEY = '"host_key" must be one public key such as "ssh-ed25519 AAAA…", or one fingerprint such as "SHA256:…".'
SETTINGS: dict[str, JsonValue] = {
    "host": "router.example.com",
    "username": "ada",
    "password": "secret",
    "host_key": FINGERPRINT,
    "commands": ["ls"],
}
EITHER = 'Give either "password" or "private_key".'


def host(name: str) -> str:
    return (
        '"host" must be a name or an address, such as router.example.com, without user, port or path;'
        f' it is the text "{name}".'
    )


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"host": None}, {"host": '"host" must be text, a number, true or false; it is null.'}),
        ({"host": " "}, {"host": host(" ")}),
        ({"host": "ada@router"}, {"host": host("ada@router")}),
        ({"host": "router:22"}, {"host": host("router:22")}),
        ({"host": "ssh://router"}, {"host": host("ssh://router")}),
        ({"host": "a b"}, {"host": host("a b")}),
        ({"port": 0}, {"port": '"port" must be a whole number from 1 to 65535; it is 0.'}),
        ({"port": 65_536}, {"port": '"port" must be a whole number from 1 to 65535; it is 65536.'}),
        ({"port": 22.5}, {"port": '"port" must be a whole number from 1 to 65535; it is 22.5.'}),
        (
            {"port": True},
            {"port": '"port" must be a number, or a text with a template that comes to one; it is true.'},
        ),
        ({"username": ""}, {"username": '"username" must not be empty.'}),
        ({"password": ""}, {"private_key": EITHER}),
        ({"password": None}, {"private_key": EITHER}),
        ({"private_key": "x"}, {"private_key": EITHER}),
        ({"password": []}, {"password": '"password" must be text, a number, true or false; it is a list.'}),
        ({"passphrase": "x"}, {"passphrase": '"passphrase" belongs to a "private_key"; there is none.'}),
        (
            {"accept_new": True},
            {"host_key": '"host_key" and "accept_new" exclude each other; with the key given, leave the other out.'},
        ),
        ({"accept_new": "perhaps"}, {"accept_new": '"accept_new" must be true or false; it is the text "perhaps".'}),
        ({"host_key": "AAAA"}, {"host_key": NO_KEY}),
        ({"commands": None}, {"commands": '"commands" must be a list; it is null.'}),
        ({"commands": "ls"}, {"commands": '"commands" must be a list; it is the text "ls".'}),
        ({"commands": []}, {"commands": '"commands" needs at least one command.'}),
        (
            {"commands": ["ls", {}]},
            {"commands[1]": '"commands[1]" must be text, a number, true or false; it is an object.'},
        ),
        ({"commands": ["ls", " "]}, {"commands": '"commands[1]" is empty.'}),
        ({"commands": ["a\0"]}, {"commands": '"commands[0]" has a character in it that cannot be sent.'}),
        ({"commands": ["x" * 131_073]}, {"commands": '"commands[0]" is longer than 128 KiB.'}),
        ({"commands": ["ls"] * 101}, {"commands": '"commands" must have at most 100 entries; it has 101.'}),
        (
            {"fail_on_exit_code": 7},
            {"fail_on_exit_code": '"fail_on_exit_code" must be true or false; it is 7.'},
        ),
    ],
)
def test_a_wrong_setting_is_named(settings: dict[str, JsonValue], expected: dict[str, str]) -> None:
    assert faults("ssh", {**SETTINGS, **settings}) == expected


def test_what_is_required_is_named() -> None:
    assert list(faults("ssh", {})) == ["host", "username", "private_key", "host_key", "commands"]


@pytest.mark.parametrize("nothing", [{}, {"host_key": None}, {"host_key": ""}, {"accept_new": False}])
def test_without_the_hosts_key_it_says_how_to_get_one(nothing: dict[str, JsonValue]) -> None:
    settings = {name: value for name, value in SETTINGS.items() if name != "host_key"}

    said = faults("ssh", {**settings, **nothing})["host_key"]

    assert "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub" in said
    assert '"accept_new"' in said


def test_it_changes_things_outside() -> None:
    assert action("ssh", SETTINGS).has_effect
