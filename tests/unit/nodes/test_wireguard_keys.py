import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from app.core.json import JsonValue, dumps
from app.graph.outcome import Failure, Success
from tests.factories.noting import NotedVault
from tests.factories.steps import StepContext, action, failure_of, faults, outcome_of

# Source: https://www.rfc-editor.org/rfc/rfc7748#section-6.1
ALICE = base64.b64encode(bytes.fromhex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"))
ALICES_PUBLIC = base64.b64encode(bytes.fromhex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"))
APART = "The private key and the preshared key need different names in the vault."


async def made(vault: NotedVault, **settings: JsonValue) -> dict[str, JsonValue]:
    outcome = await outcome_of("wireguard_keys", settings, StepContext({"n1": {"site": "Oslo"}}, vault_writer=vault))
    assert isinstance(outcome, Success), outcome
    return dict(outcome.output)


async def test_the_private_key_is_kept_and_only_the_public_one_put_out() -> None:
    vault = NotedVault()

    output = await made(vault, store_as="wg {{ n1.site }}")

    private = base64.b64decode(vault.kept["wg Oslo"])
    public = X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()
    assert output == {"stored_as": "wg Oslo", "public_key": base64.b64encode(public).decode()}
    assert vault.kept["wg Oslo"] not in dumps(output)


async def test_a_private_key_has_the_bits_that_the_curve_fixes() -> None:
    vault = NotedVault()

    for number in range(20):
        await made(vault, store_as=f"key {number}")

    keys = [base64.b64decode(key) for key in vault.kept.values()]
    assert {len(key) for key in keys} == {32}
    assert {(key[0] & 7, key[31] & 192) for key in keys} == {(0, 64)}
    assert len(set(keys)) == 20


async def test_a_preshared_key_is_made_where_it_has_a_name() -> None:
    vault = NotedVault()

    output = await made(vault, store_as="wg key", preshared_key_store_as="wg psk")

    assert (output["stored_as"], output["preshared_key_stored_as"]) == ("wg key", "wg psk")
    assert len(base64.b64decode(vault.kept["wg psk"])) == 32
    assert not set(vault.kept.values()) & set(output.values())


async def test_another_attempt_tells_of_the_key_that_an_earlier_one_has_kept() -> None:
    output = await made(NotedVault({"wg key": ALICE.decode()}), store_as="wg key")

    assert output == {"stored_as": "wg key", "public_key": ALICES_PUBLIC.decode()}


@pytest.mark.parametrize("spoilt", ["", "no key", "AAAA", "ä"])
async def test_a_kept_secret_that_is_no_key_fails_the_node(spoilt: str) -> None:
    ctx = StepContext(vault_writer=NotedVault({"wg key": spoilt}))

    outcome = await outcome_of("wireguard_keys", {"store_as": "wg key"}, ctx)

    message = 'The vault item "wg key" holds no WireGuard key any more; delete it, or choose another name.'
    assert outcome == Failure(message)


@pytest.mark.parametrize("taken", ["wg key", "wg psk"])
async def test_a_name_that_is_taken_fails_the_node(taken: str) -> None:
    ctx = StepContext(vault_writer=NotedVault(taken=[taken]))

    outcome = await outcome_of("wireguard_keys", {"store_as": "wg key", "preshared_key_store_as": "wg psk"}, ctx)

    assert outcome == Failure(f"{taken} is taken")


NAMES = [
    ("ab", "A name in the vault has 3 to 50 characters; this one has 2."),
    ("", "A name in the vault has 3 to 50 characters; this one has 0."),
    ("a" * 51, "A name in the vault has 3 to 50 characters; this one has 51."),
    ("api-key:x", "A name must not begin with api-key:, since only the server makes API keys."),
    ("vlt_abc", "A name must not begin with vlt_, since it would be taken for an id."),
    ('a"bc', 'A name must not contain ", since templates write it between quotes.'),
    ("a\nb", "A name has to consist of printable characters, without spaces around them."),
]


@pytest.mark.parametrize(("name", "message"), NAMES)
@pytest.mark.parametrize("setting", ["store_as", "preshared_key_store_as"])
async def test_a_name_that_the_vault_refuses_is_refused(setting: str, name: str, message: str) -> None:
    settings: dict[str, JsonValue] = {"store_as": "wg key"}

    assert faults("wireguard_keys", {**settings, setting: name}) == {setting: message}
    assert await failure_of("wireguard_keys", {**settings, setting: "{{ n1 }}"}, n1=name) == message


def test_names_are_taken_without_blanks_around_them_and_up_to_50_characters() -> None:
    action("wireguard_keys", {"store_as": f" {'a' * 50} "})


async def test_both_keys_cannot_have_one_name() -> None:
    assert faults("wireguard_keys", {"store_as": "wg key", "preshared_key_store_as": "wg key"}) == {
        "preshared_key_store_as": APART
    }
    same: dict[str, JsonValue] = {"store_as": "wg key", "preshared_key_store_as": "{{ n1 }}"}
    assert await failure_of("wireguard_keys", same, n1="wg key") == APART


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, {"store_as": '"store_as" is required.'}),
        ({"store_as": []}, {"store_as": '"store_as" must be text, a number, true or false; it is a list.'}),
    ],
)
def test_a_wrong_setting_is_named(settings: dict[str, JsonValue], expected: dict[str, str]) -> None:
    assert faults("wireguard_keys", settings) == expected


def test_what_it_does_is_an_effect() -> None:
    assert action("wireguard_keys", {"store_as": "wg key"}).has_effect
