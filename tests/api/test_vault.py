"""The vault: what is kept under which name and until when, and what is refused."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.core.clock import format_time
from app.vault.schemas import VaultItemCreate
from app.vault.service import SHORT_SECRET
from tests.factories.vault import ITEM, SOON, VAULT, changed, faults, held_by, kept
from tests.fixtures.api import Client, json_of


async def test_an_item_shows_everything_but_its_secret(api: Client) -> None:
    item = await kept(api, expires_at=SOON)
    assert item.keys() == {"id", "name", "created_at", "expires_at"}
    assert (item["name"], item["expires_at"]) == ("crm_token", "2099-01-01T00:00:00.000000Z")
    assert item["id"].startswith("vlt_")


async def test_reading_and_listing_show_the_same(api: Client) -> None:
    first, second = await kept(api), await kept(api, name="other")
    assert json_of(await api.get(f"{VAULT}/{first['id']}"), 200) == first
    assert (await api.get(VAULT)).json() == [second, first]


async def test_without_an_expiry_it_is_null(api: Client) -> None:
    assert (await kept(api))["expires_at"] is None


@pytest.mark.parametrize("name", ["abc", "a" * 50, "CRM_TOKEN-2", "My key", "ключ", "a.b/c:d", "1st"])
async def test_a_name_may_be_what_people_call_it(api: Client, name: str) -> None:
    assert (await kept(api, name=name))["name"] == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "ab",
        "a" * 51,
        'a"bc',
        "a'bc",
        "a\\bc",
        "a}}b",
        "a\nbc",
        "a\u200bbc",
        " abc",
        "abc ",
        "vlt_abc",
        "api-key:",
        7,
    ],
)
async def test_a_name_that_templates_could_not_write_is_refused(api: Client, name: object) -> None:
    error = json_of(await api.post(VAULT, json={**ITEM, "name": name}), 422)
    assert set(faults(error)) == {"name"}


@given(st.text(min_size=3, max_size=50))
def test_every_name_is_accepted_or_refused_with_a_sentence(name: str) -> None:
    try:
        assert VaultItemCreate.model_validate({"name": name, "secret": "x"}).name == name
    except ValidationError as error:
        (fault,) = error.errors()
        assert fault["msg"].startswith(("Value error, A name", "String should"))


@pytest.mark.parametrize("length", [1, 2_000])
async def test_a_secret_has_1_to_2000_characters(api: Client, length: int) -> None:
    await kept(api, secret="é" * length)


@pytest.mark.parametrize("secret", ["", "é" * 2_001, None, 5, ["x"]])
async def test_any_other_secret_is_refused(api: Client, secret: object) -> None:
    error = json_of(await api.post(VAULT, json={**ITEM, "secret": secret}), 422)
    assert set(faults(error)) == {"secret"}


async def test_without_a_secret_there_is_nothing_to_keep(api: Client) -> None:
    error = json_of(await api.post(VAULT, json={"name": "crm_token"}), 422)
    assert faults(error) == {"secret": 'is required, unless the name begins with "api-key:"'}


async def test_a_missing_name_is_named(api: Client) -> None:
    assert json_of(await api.post(VAULT, json={"secret": "x"}), 422)["code"] == "parameter_missing"


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("2099-01-01T02:00:00+02:00", "2099-01-01T00:00:00.000000Z"),
        ("2099-01-01t00:00:00.1234567z", "2099-01-01T00:00:00.123456Z"),
        (None, None),
    ],
)
async def test_an_expiry_is_rfc_3339_with_an_offset(api: Client, sent: str | None, shown: str | None) -> None:
    assert (await kept(api, expires_at=sent))["expires_at"] == shown


@pytest.mark.parametrize(
    "expires_at",
    [
        "2099-01-01T00:00:00",
        "2099-01-01",
        "2099-01-01 00:00:00Z",
        "2099-02-30T00:00:00Z",
        "9999-12-31T23:59:59-23:00",
        "tomorrow",
        4_070_908_800,
        "",
    ],
)
async def test_any_other_expiry_is_refused(api: Client, expires_at: object) -> None:
    error = json_of(await api.post(VAULT, json={**ITEM, "expires_at": expires_at}), 422)
    assert set(faults(error)) == {"expires_at"}


async def test_an_expiry_has_to_lie_ahead(api: Client) -> None:
    now = format_time(held_by(api).clock.now())
    error = json_of(await api.post(VAULT, json={"name": "crm_token", "expires_at": now}), 422)
    assert set(faults(error)) == {"secret", "expires_at"}  # and all is named at once
    assert faults(error)["expires_at"] == "has to lie in the future"


@pytest.mark.parametrize(("secret", "warnings"), [("12345", [SHORT_SECRET]), ("123456", None)])
async def test_a_secret_too_short_to_be_masked_is_saved_with_a_warning(
    api: Client, secret: str, warnings: list[str] | None
) -> None:
    item = await kept(api, secret=secret)
    assert item.get("warnings") == warnings
    assert (await changed(api, item, secret=secret)).get("warnings") == warnings
    assert "warnings" not in await changed(api, item, name="other")


async def test_a_name_is_taken_once_in_an_organization(api: Client) -> None:
    await kept(api)
    error = json_of(await api.post(VAULT, json=ITEM), 409)
    assert (error["type"], error["code"]) == ("conflict_error", "name_taken")
    await kept(api.other())


async def test_of_two_that_take_a_name_at_once_one_gets_it(api: Client) -> None:
    answers = await asyncio.gather(*(api.post(VAULT, json=ITEM) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201, *[409] * 5]
