"""Forms as browsers show and send them, without any script."""

import asyncio
from html import unescape
from html.parser import HTMLParser

import httpx
import pytest

from app.core.json import JsonValue
from tests.api.test_interactions import OTHER, resolution
from tests.api.test_pages import Elements
from tests.factories.forms import AMOUNT, OpenForm, open_form
from tests.fixtures.api import Client, Database

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
HOSTILE = "\"><script>alert(1)</script>'{{ 7 | times: 6 }}&amp;"
EVERY_TYPE: list[dict[str, JsonValue]] = [
    {"name": "text", "type": "text", "label": "A text", "min_length": 2, "max_length": 9},
    {"name": "textarea", "type": "textarea", "label": "More text"},
    {"name": "email", "type": "email", "label": "Mail"},
    {"name": "number", "type": "number", "label": "A number", "min": 1, "max": 5},
    {"name": "select", "type": "select", "label": "One of", "options": [{"value": "eu", "label": "Europe"}]},
    {"name": "checkbox", "type": "checkbox", "label": "Yes"},
    {"name": "date", "type": "date", "label": "A day", "min": "2026-01-15"},
]
ENTERED = {
    "text": "hello",
    "textarea": "a\r\nb",
    "email": "ada@example.com",
    "number": "2.5",
    "select": "eu",
    "checkbox": "true",
    "date": "2026-02-01",
}


async def opened(api: Client, form: OpenForm) -> httpx.Response:
    return await api.anonymous().get(form.path, headers=BROWSER)


async def sent(api: Client, form: OpenForm, button: str = "approve", **values: str) -> httpx.Response:
    """Send the form as a browser does."""
    data = {**{f"values.{name}": value for name, value in values.items()}, "button": button}
    return await api.anonymous().post(form.path, data=data, headers=BROWSER)


def inputs(page: httpx.Response) -> dict[str, dict[str, str | None]]:
    found = Elements(page.text).found
    return {str(one["name"]): one for tag, one in found if tag in {"input", "select", "textarea"}}


async def test_a_browser_gets_a_page_that_may_load_nothing_from_elsewhere(api: Client, database: Database) -> None:
    page = await opened(api, await open_form(api, database))
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    policy = page.headers["content-security-policy"].split("; ")
    assert policy[0] == "default-src 'none'"
    assert {"form-action 'self'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"} <= {*policy}
    assert "unsafe" not in page.headers["content-security-policy"]
    elements = Elements(page.text)
    assert not elements.values("style")
    assert not [name for _, attributes in elements.found for name in attributes if name.startswith("on")]
    for link in [*elements.values("href"), *elements.values("src")]:
        assert (await api.anonymous().get(link)).status_code == 200


async def test_every_field_has_a_label_and_its_limits_are_told(api: Client, database: Database) -> None:
    page = await opened(api, await open_form(api, database, *EVERY_TYPE))
    elements = Elements(page.text)
    assert set(inputs(page)) == {f"values.{field['name']}" for field in EVERY_TYPE}
    assert {one["id"] for one in inputs(page).values()} == set(elements.values("for"))
    ids = elements.values("id")
    assert len(ids) == len(set(ids))
    for described in elements.values("aria-describedby"):
        assert set(described.split()) <= set(ids)
    for told in ("Between 2 and 9 characters.", "Between 1 and 5.", "Not before 15 January 2026."):
        assert told in page.text


async def test_a_form_goes_through_without_a_script(api: Client, database: Database) -> None:
    form = await open_form(api, database, *EVERY_TYPE)
    thanks = await sent(api, form, **ENTERED)
    assert thanks.status_code == 200
    assert "Thank you" in thanks.text
    assert (await resolution(database, form))["values"] == {
        **ENTERED,
        "textarea": "a\nb",
        "number": 2.5,
        "checkbox": True,
    }


async def test_what_is_left_empty_is_null_and_a_box_that_is_not_ticked_false(api: Client, database: Database) -> None:
    form = await open_form(api, database, *EVERY_TYPE)
    empty = {name: "" for name in ENTERED if name != "checkbox"}
    assert (await sent(api, form, **empty)).status_code == 200
    assert (await resolution(database, form))["values"] == {**dict.fromkeys(empty), "checkbox": False}


async def test_faults_stand_at_their_fields_and_what_was_entered_is_kept(api: Client, database: Database) -> None:
    form = await open_form(api, database, *EVERY_TYPE)
    page = await sent(api, form, **{**ENTERED, "number": "many", "email": "ada", "date": "2026-01-01"})
    assert page.status_code == 422
    assert "<title>Error: Asked</title>" in page.text
    shown = inputs(page)
    assert {name for name, one in shown.items() if one.get("aria-invalid") == "true"} == {
        "values.number",
        "values.email",
        "values.date",
    }
    assert (shown["values.number"]["value"], shown["values.email"]["value"]) == ("many", "ada")
    assert (shown["values.text"]["value"], "checked" in shown["values.checkbox"]) == ("hello", True)
    assert '<option value="eu" selected>' in page.text
    assert "\na\r\nb</textarea>" in page.text
    number = shown["values.number"]["id"]
    assert f'<a href="#{number}">A number: must be a number, such as 12.5.</a>' in page.text
    assert f'id="{number}-fault">This must be a number, such as 12.5.</p>' in page.text
    assert f"{number}-fault" in str(shown["values.number"]["aria-describedby"])
    assert [one for _, one in Elements(page.text).found if one.get("role") == "alert" and "autofocus" in one]


async def test_without_a_script_fields_that_depend_on_others_are_in_sight(api: Client, database: Database) -> None:
    form = await open_form(api, database, AMOUNT, OTHER)
    page = await opened(api, form)
    reason = inputs(page)["values.reason"]
    assert "required" in inputs(page)["values.amount"]
    assert "required" not in reason
    assert all("hidden" not in one for tag, one in Elements(page.text).found if tag != "button")
    assert "Only if it applies" in page.text
    assert (await sent(api, form, amount="1", reason="")).status_code == 200
    assert (await resolution(database, form))["values"] == {"amount": 1}


async def test_a_field_that_applies_after_all_is_asked_for_again(api: Client, database: Database) -> None:
    form = await open_form(api, database, AMOUNT, OTHER)
    page = await sent(api, form, amount="101", reason="")
    assert page.status_code == 422
    assert "Reason: is required." in page.text
    assert "data-away" not in page.text


async def test_the_pages_script_learns_which_fields_there_are(api: Client, database: Database) -> None:
    form = await open_form(api, database, AMOUNT, OTHER)
    data = {"values.amount": "101", "values.reason": "", "preview": "true"}
    answer = await api.anonymous().post(form.path, data=data, headers={"Accept": "application/json"})
    assert [field["visible"] for field in answer.json()["fields"]] == [True, True]
    assert await resolution(database, form) is None


@pytest.mark.parametrize("kind", ["text", "textarea", "email", "number", "date", "select"])
async def test_whatever_is_shown_is_escaped(api: Client, database: Database, kind: str) -> None:
    options: list[JsonValue] = [{"value": HOSTILE, "label": HOSTILE}] if kind == "select" else []
    field: dict[str, JsonValue] = {"name": "a", "type": kind, "label": HOSTILE, "default": HOSTILE, "options": options}
    buttons: list[JsonValue] = [{"id": HOSTILE, "label": HOSTILE}, {"id": "b", "label": HOSTILE}]
    form = await open_form(
        api,
        database,
        field,
        {"name": "n", "type": "number", "label": HOSTILE},
        title=HOSTILE,
        description=HOSTILE,
        assignee=HOSTILE,
        buttons=buttons,
    )
    pages = [
        await opened(api, form),
        await sent(api, form, a=HOSTILE, n=HOSTILE, button=HOSTILE, **{HOSTILE: HOSTILE}),
        await sent(api, form, button=HOSTILE),
    ]
    assert [page.status_code for page in pages] == [200, 422, 200]
    for page in pages:
        assert HOSTILE not in page.text
        assert "<script>alert" not in page.text
        assert HOSTILE in unescape(page.text)
        assert "42" not in page.text


async def test_only_what_a_page_can_have_sent_is_put_back(api: Client, database: Database) -> None:
    form = await open_form(api, database, *EVERY_TYPE)
    values = {name: {"a": [1]} for name in ENTERED}
    page = await api.post(form.path, json={"button": "approve", "values": values}, headers=BROWSER)
    assert page.status_code == 422


async def test_a_button_that_nobody_pressed_is_asked_for(api: Client, database: Database) -> None:
    page = await sent(api, await open_form(api, database), button="none")
    assert page.status_code == 422
    assert "Please answer with one of the buttons below." in page.text


async def test_of_two_browsers_one_is_thanked(api: Client, database: Database) -> None:
    form = await open_form(api, database)
    pages = await asyncio.gather(sent(api, form), sent(api, form, button="reject"))
    assert sorted(page.status_code for page in pages) == [200, 410]
    (closed,) = (page.text for page in pages if page.status_code == 410)
    assert "<h1>This form is closed</h1>" in closed


async def test_an_address_that_never_was_one_has_a_page_too(api: Client) -> None:
    page = await api.anonymous().get("/workflows/interactions/x", headers=BROWSER)
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "<h1>There is no such form</h1>" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


async def test_a_body_that_cannot_be_read_has_a_page_too(api: Client, database: Database) -> None:
    form = await open_form(api, database)
    headers = {**BROWSER, "Content-Type": "application/x-www-form-urlencoded"}
    for content, status in ((b"values.a=%ff", 422), (b"values.a=%00", 422)):
        page = await api.anonymous().post(form.path, content=content, headers=headers)
        assert (page.status_code, page.headers["content-type"]) == (status, "text/html; charset=utf-8")


async def test_until_when_and_for_whom_it_is_stands_on_the_page(api: Client, database: Database) -> None:
    form = await open_form(api, database, assignee="Ada")
    await database.execute("UPDATE run_waits SET due_at = '2126-03-04T05:06:07Z' WHERE run_id = :id", id=form.run_id)
    page = await opened(api, form)
    assert "For Ada" in page.text
    assert '<time datetime="2126-03-04T05:06:07Z">4 March 2126, 05:06 UTC</time>' in page.text


async def test_every_page_is_well_formed(api: Client, database: Database) -> None:
    form = await open_form(api, database, *EVERY_TYPE, OTHER | {"visible_if": None}, description="A\nB")
    for page in (await opened(api, form), await sent(api, form, number="x"), await sent(api, form, reason="x")):
        Nested(page.text).close()


class Nested(HTMLParser):
    """Fails where elements do not lie within each other."""

    VOID = ("meta", "link", "input")

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs), (tag, attrs)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def close(self) -> None:
        super().close()
        assert self.open == []
