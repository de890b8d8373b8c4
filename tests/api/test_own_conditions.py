"""Queries name the organization themselves: these run as the owner, whom row-level security lets see everything."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager

import pytest

from app.runs.repository.cancels import ask_all_to_cancel
from app.runs.repository.reads import Listing, RunReads
from app.runs.states import RunStatus
from app.unit_of_work import UnitOfWork, unit_of_work
from app.workflows.repository import WorkflowRepository, find_startable
from tests.factories.runs import NOON, add_log
from tests.factories.workflows import Json, workflow
from tests.fixtures.api import Client, Database

Enter = Callable[[str], AbstractAsyncContextManager[UnitOfWork]]


async def startable(work: UnitOfWork, run: Json) -> object:
    return await find_startable(await work.driver(), work.org_id, run["workflow_id"])


READS: dict[str, Callable[[UnitOfWork, Json], Awaitable[object]]] = {
    "all workflows": lambda work, _: WorkflowRepository(work).newest_first(),
    "a workflow": lambda work, run: WorkflowRepository(work).find(run["workflow_id"]),
    "a workflow to start": startable,
    "whether there is a workflow": lambda work, run: WorkflowRepository(work).exists(run["workflow_id"]),
    "a workflow to change": lambda work, run: WorkflowRepository(work).lock(run["workflow_id"]),
    "a run": lambda work, run: RunReads(work).find(run["id"]),
    "its logs": lambda work, run: RunReads(work).logs(run["id"], 0),
    "a page of runs": lambda work, run: RunReads(work).page(Listing(run["workflow_id"]), skip=0, take=10),
    "how many were accepted": lambda work, run: RunReads(work).total(Listing(run["workflow_id"])),
    "how many are pending": lambda work, run: RunReads(work).total(
        Listing(run["workflow_id"], status=RunStatus.PENDING)
    ),
    "marking a workflow as deleted": lambda work, run: WorkflowRepository(work).mark_deleted(run["workflow_id"], NOON),
}


@pytest.fixture
async def run(api: Client, database: Database) -> Json:
    saved = await api.created(workflow())
    started = await api.started(saved["id"])
    await add_log(database, started["id"], 1)
    return started


@pytest.fixture
def entering(api: Client, database: Database) -> Enter:
    return lambda org_id: unit_of_work(database.engine, api.app.state.resources.doorbell, org_id)


@pytest.mark.parametrize("what", READS)
async def test_something_is_found_by_its_own_organization(api: Client, entering: Enter, run: Json, what: str) -> None:
    async with entering(api.org_id) as work:
        assert await READS[what](work, run)


@pytest.mark.parametrize("what", READS)
async def test_nothing_is_found_by_another_organization(entering: Enter, run: Json, what: str) -> None:
    async with entering("org-other") as work:
        assert not await READS[what](work, run)


async def test_nobody_asks_anothers_runs_to_end(entering: Enter, database: Database, run: Json) -> None:
    async with entering("org-other") as work:
        await ask_all_to_cancel(await work.driver(), "org-other", run["workflow_id"], NOON)
    assert await database.value("SELECT cancel_requested_at FROM runs WHERE id = :id", id=run["id"]) is None
