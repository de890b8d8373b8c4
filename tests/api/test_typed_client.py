"""A typed client can be generated from the OpenAPI document, and does the main job."""

import importlib
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.factories.workflows import published
from tests.fixtures.api_process import ApiProcess
from tests.worker.world import World, until_true

PACKAGE = "generated_client"
GREETING = json.loads(Path("openapi/examples/text_transform.json").read_text())


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], ModuleType]]:
    """Return what imports a module of a client that was generated from our document, without a warning."""
    folder = tmp_path_factory.mktemp("client")
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--path", "openapi/openapi.json"]
    config = folder / "config.json"
    sent_as_it_is = {"text/plain": "application/octet-stream"}  # the generator knows how to send the latter only
    config.write_text(json.dumps({"post_hooks": [], "content_type_overrides": sent_as_it_is}))  # and nothing formatted
    options = ["--output-path", str(folder / PACKAGE), "--meta", "none", "--config", str(config), "--fail-on-warning"]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    sys.path.insert(0, str(folder))
    yield lambda name: importlib.import_module(f"{PACKAGE}.{name}")
    sys.path.remove(str(folder))


@pytest.fixture
async def process(make_database: Callable[[], str], redis_url: str) -> AsyncIterator[ApiProcess]:
    url = make_database()
    with ApiProcess(url, redis_url) as process:
        world = World(url, redis_url)
        async with world.worker():
            yield process
        await world.close()


@pytest.fixture
async def client(generated: Callable[[str], ModuleType], process: ApiProcess) -> AsyncIterator[Any]:
    async with generated("client").AuthenticatedClient(base_url=process.url, token=process.token) as client:
        yield client


async def test_it_creates_executes_polls_and_reads_logs(generated: Callable[[str], ModuleType], client: Any) -> None:
    models = generated("models")
    create = generated("api.workflows.create_workflow")
    execute = generated("api.workflow_runs.execute_workflow")
    read = generated("api.workflow_runs.get_run")

    saved = await create.asyncio(client=client, body=models.WorkflowCreate.from_dict(GREETING))
    run = await execute.asyncio(saved.id, client=client, body=models.RunCreate.from_dict({"context": {"name": "Ada"}}))
    assert run.status in {models.RunStatus.PENDING, models.RunStatus.RUNNING}

    async def is_over() -> bool:
        polled = await read.asyncio(run.id, client=client)
        return bool(polled.status == models.RunStatus.COMPLETED)

    await until_true(is_over)
    ended = await read.asyncio(run.id, client=client)
    assert [log.node_id for log in ended.logs] == [node["id"] for node in GREETING["nodes"]]
    assert all(log.status == models.WorkflowLogStatus.SUCCESS for log in ended.logs)
    assert ended.completed_at >= ended.created_at
    assert ended.logs[-1].output["text"]


async def test_an_error_is_typed_too(generated: Callable[[str], ModuleType], client: Any) -> None:
    missing = await generated("api.workflow_runs.get_run").asyncio("fl_run_none", client=client)
    assert isinstance(missing, generated("models").ErrorResponse)
    assert missing.code == "run_not_found"


async def test_the_published_request_goes_through_it(generated: Callable[[str], ModuleType], client: Any) -> None:
    body = generated("models").WorkflowCreate.from_dict(published("create_workflow.request"))
    saved = await generated("api.workflows.create_workflow").asyncio(client=client, body=body)
    assert saved.name == published("create_workflow.request")["name"]
