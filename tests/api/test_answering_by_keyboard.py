"""Forms under the Enter key, which in a field presses a form's first button, or nothing where that is disabled."""

from tests.api.test_interaction_pages import opened
from tests.api.test_pages import Elements
from tests.factories.forms import AMOUNT, open_form
from tests.fixtures.api import Client, Database


async def first_button(api: Client, database: Database, *buttons: str) -> dict[str, str | None]:
    form = await open_form(api, database, AMOUNT, buttons=[{"id": one, "label": one} for one in buttons])
    found = Elements((await opened(api, form)).text).found
    return next(attributes for tag, attributes in found if tag == "button")


async def test_enter_chooses_nothing_where_there_is_a_choice(api: Client, database: Database) -> None:
    assert await first_button(api, database, "approve", "reject") == {"disabled": None, "hidden": None}


async def test_enter_sends_a_form_with_a_single_button(api: Client, database: Database) -> None:
    assert await first_button(api, database, "send") == {"type": "submit", "name": "button", "value": "send"}
