"""What nodes can be, and which workflows another may call."""

import jsonschema_rs
import pytest

from app.nodes import COMPONENTS
from app.workflows.callable import CALLABLE_TRIGGERS
from tests.factories.workflows import Json, webhook_workflow, workflow
from tests.fixtures.api import Client, Database


async def components(api: Client) -> list[Json]:
    answer = await api.get("/workflows/components")
    assert answer.status_code == 200, answer.text
    found: list[Json] = answer.json()
    return found


async def test_every_component_is_listed(api: Client) -> None:
    listed = [component["component_id"] for component in await components(api)]
    assert listed == [kind.component_id for kind in COMPONENTS]


async def test_a_component_says_what_it_takes_and_where_it_leads(api: Client) -> None:
    by_id = {component["component_id"]: component for component in await components(api)}
    condition = by_id["boolean_condition"]
    assert (condition["kind"], condition["handles"]) == ("action", ["true", "false", "error"])
    assert "operator" in condition["settings"]["properties"]
    assert by_id["webhook_trigger"]["kind"] == "trigger"


async def test_each_example_fits_its_schema(api: Client) -> None:
    for component in await components(api):
        jsonschema_rs.validate(component["settings"], component["example"])


async def test_who_has_the_list_already_need_not_get_it_again(api: Client) -> None:
    tag = (await api.get("/workflows/components")).headers["etag"]
    again = await api.get("/workflows/components", headers={"If-None-Match": tag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    other = await api.get("/workflows/components", headers={"If-None-Match": '"other"'})
    assert other.status_code == 200


async def triggerable(api: Client) -> list[str]:
    return [found["id"] for found in (await api.get("/workflows/triggerable-workflows")).json()]


async def test_another_workflow_may_call_what_a_person_may_start(api: Client) -> None:
    first, second = [(await api.created(workflow()))["id"] for _ in range(2)]
    await api.created(webhook_workflow())
    assert await triggerable(api) == [second, first]


@pytest.mark.parametrize("component", CALLABLE_TRIGGERS)
async def test_another_workflow_may_call_one_that_begins_so(api: Client, database: Database, component: str) -> None:
    saved = await api.created(workflow())
    await database.execute(
        "UPDATE workflows SET trigger_component = :name WHERE id = :id", name=component, id=saved["id"]
    )
    assert await triggerable(api) == [saved["id"]]


async def test_what_is_switched_off_or_deleted_cannot_be_called(api: Client) -> None:
    off, gone = [(await api.created(workflow()))["id"] for _ in range(2)]
    await api.put(f"/workflows/{off}", json={"is_active": False})
    await api.delete(f"/workflows/{gone}")
    assert await triggerable(api) == []


async def test_a_workflow_that_another_may_call_is_listed_without_its_graph(api: Client) -> None:
    saved = await api.created(workflow())
    del saved["nodes"], saved["edges"]
    assert (await api.get("/workflows/triggerable-workflows")).json() == [saved]
