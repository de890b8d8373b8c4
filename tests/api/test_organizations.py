"""Every route that takes an id, called with another organization's: nothing is found, and nothing happens.

The routes are those of the app: a new one fails here until `tests/api/planting.py` knows what its id stands for.
"""

import pytest

from tests.api.planting import BODIES, GUARDED, PLANTERS, Garden, Operation, everything_of
from tests.fixtures.api import Client, Database, json_of

WITH_AN_ID = [operation for operation in GUARDED if operation.parameters]
CODES = {
    "workflowId": "workflow_not_found",
    "runId": "run_not_found",
    "vaultId": "vault_item_not_found",
    "authId": "authorization_not_found",
}
NAMES = [operation.name for operation in WITH_AN_ID]


@pytest.fixture
def garden(api: Client, database: Database) -> Garden:
    return Garden(api, database)


def test_every_kind_of_id_can_be_planted() -> None:
    kinds = {name for operation in WITH_AN_ID for name in operation.parameters}
    assert kinds <= PLANTERS.keys()
    assert {operation.parameters[0] for operation in WITH_AN_ID} <= CODES.keys()


@pytest.mark.parametrize("operation", WITH_AN_ID, ids=NAMES)
async def test_what_is_anothers_is_not_found_and_stays_as_it_is(garden: Garden, operation: Operation) -> None:
    other = garden.api.other()
    path = await garden.path(operation.path)
    before = await everything_of(garden.database, garden.api.org_id)
    answer = await other.request(operation.method, path, json=BODIES.get(operation.name))
    assert json_of(answer, 404)["code"] == CODES[operation.parameters[0]]
    assert await everything_of(garden.database, garden.api.org_id) == before
    assert not any((await everything_of(garden.database, other.org_id)).values())


@pytest.mark.parametrize("operation", WITH_AN_ID, ids=NAMES)
async def test_anothers_cannot_be_told_from_what_never_was(garden: Garden, operation: Operation) -> None:
    other, body = garden.api.other(), BODIES.get(operation.name)
    path = await garden.path(operation.path)
    first = garden.planted[operation.parameters[0]]
    unknown = first[:-6] + "000000"
    theirs = await other.request(operation.method, path, json=body)
    nobodys = await other.request(operation.method, path.replace(first, unknown), json=body)
    assert theirs.text.replace(first, unknown) == nobodys.text
    assert set(theirs.headers) == set(nobodys.headers)


@pytest.mark.parametrize("operation", WITH_AN_ID, ids=NAMES)
async def test_its_owner_finds_it(garden: Garden, operation: Operation) -> None:
    path = await garden.path(operation.path)
    answer = await garden.api.request(operation.method, path, json=BODIES.get(operation.name))
    assert answer.status_code < 300 or answer.status_code == 409, answer.text


@pytest.mark.parametrize("operation", WITH_AN_ID, ids=NAMES)
async def test_the_scopes_that_a_route_names_are_enough(garden: Garden, operation: Operation) -> None:
    path = await garden.path(operation.path)
    caller = garden.api.allowed(*operation.scopes)
    answer = await caller.request(operation.method, path, json=BODIES.get(operation.name))
    assert answer.status_code < 300 or answer.status_code == 409, answer.text
