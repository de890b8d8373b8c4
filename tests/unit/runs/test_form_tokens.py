"""Tokens of forms: made again from their wait, known as ours, and of use for nothing else."""

import base64

import pytest

from app.core.crypto import DecryptionError, Keyring, new_master_key
from app.runs.form_tokens import PATH, FormPlace, FormTokens, token_hash

OLD, NEW = new_master_key("old"), new_master_key("new")
URL = "https://virga.example"
PLACE = FormPlace("fl_run_1", "", "form", 1)
OTHER_PLACES = [
    PLACE._replace(run_id="fl_run_2"),
    PLACE._replace(path="loop.3"),
    PLACE._replace(node_id="form2"),
    FormPlace("fl_run_1", "form", "", 1),
]


def tokens(*keys: str) -> FormTokens:
    return FormTokens(Keyring.parse(",".join(keys)), URL)


def token_of(made: FormTokens, place: FormPlace = PLACE) -> str:
    url = made.url(place, made.issue(place).key_id)
    assert url is not None
    assert url.startswith(f"{URL}{PATH}/")
    return url.rpartition("/")[2]


def test_a_token_is_made_again_as_often_as_it_is_shown() -> None:
    made = tokens(NEW)
    assert token_of(made) == token_of(made)
    assert made.issue(PLACE).hash == token_hash(token_of(made))


def test_a_token_fits_into_an_address_as_it_is() -> None:
    token = token_of(tokens(NEW))
    assert len(token) == 64
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@pytest.mark.parametrize("place", OTHER_PLACES)
def test_each_wait_has_a_token_of_its_own(place: FormPlace) -> None:
    assert token_of(tokens(NEW), place)[:43] != token_of(tokens(NEW))[:43]


def test_every_attempt_at_a_step_has_the_same_token() -> None:
    assert token_of(tokens(NEW), PLACE._replace(attempt=2)) == token_of(tokens(NEW))


def test_a_token_of_another_key_than_the_first_is_issued_where_it_is_asked_for() -> None:
    issued = tokens(NEW, OLD).issue(PLACE, "old")
    assert issued == tokens(OLD).issue(PLACE)


def test_each_key_makes_tokens_of_its_own() -> None:
    assert token_of(tokens(NEW)) != token_of(tokens(OLD))


def test_after_a_rotation_a_form_keeps_its_address() -> None:
    before, after = tokens(OLD), tokens(NEW, OLD)
    issued = before.issue(PLACE)
    assert after.url(PLACE, issued.key_id) == before.url(PLACE, issued.key_id)
    assert after.is_ours(token_of(before))
    assert after.issue(PLACE).key_id == "new"


def test_without_its_key_an_address_is_neither_shown_nor_known() -> None:
    assert tokens(NEW).url(PLACE, "old") is None
    assert not tokens(NEW).is_ours(token_of(tokens(OLD)))


def test_what_is_not_ours_is_not_taken_for_it() -> None:
    made = tokens(NEW)
    token = token_of(made)
    assert made.is_ours(token)
    for place in range(len(token)):
        other = "A" if token[place] != "A" else "B"
        assert not made.is_ours(token[:place] + other + token[place + 1 :])
    for stranger in ("", "x", token[:-1], token + "A", token[:-4] + "====", "ü" * 64, "+" * 64, token[:-1] + "\n"):
        assert not made.is_ours(stranger)


def test_keys_of_one_purpose_are_of_no_use_for_another() -> None:
    keyring = Keyring.parse(NEW)
    macs = {keyring.mac(b"x", purpose=purpose, key_id="new") for purpose in ("form-token", "form-seal", "")}
    assert len(macs) == 3
    decoded = base64.urlsafe_b64decode(token_of(tokens(NEW)))
    assert len(decoded) == 48


def test_a_key_that_is_not_configured_makes_nothing() -> None:
    with pytest.raises(DecryptionError, match="old"):
        Keyring.parse(NEW).mac(b"x", purpose="form-token", key_id="old")
