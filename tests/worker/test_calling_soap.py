"""SOAP in a real run: the answer is read by later steps, a fault takes the error edge, secrets stay secret."""

from app.graph.redaction import MASK
from tests.factories.vault_rows import VaultRows
from tests.fixtures.soap_service import SoapService, fault, xml
from tests.worker.telling import SECRET, ended_well, kept
from tests.worker.world import World, chain, node, text


async def test_a_run_calls_a_service(world: World, vault: VaultRows) -> None:
    await vault.add("key", SECRET)
    async with SoapService() as service, world.worker():
        auth = {"type": "wsse", "username": "ada", "password": "{{ vault.key }}"}
        order = {"number": "{{ t.context.number }}", "line": [{"name": SECRET, "count": 1}]}
        call = node("a", "soap", wsdl=service.wsdl, operation="Echo", payload={"order": order}, auth=auth)
        run = await ended_well(world, call, text("b", "Order {{ a.body.order.number }}"), number=7)
        sent = service.calls[0]
    logs, left = await world.logs(run), await kept(world)
    assert logs[2].output["text"] == "Order 7"
    assert SECRET.encode() in sent
    assert (MASK in left, SECRET in left) == (True, False)


async def test_a_fault_takes_the_error_edge(world: World) -> None:
    async with SoapService(xml(fault(), status="500 Internal Server Error")) as service, world.worker():
        call = node("a", "soap", wsdl=service.wsdl, operation="Add", payload={"a": 1, "b": 2})
        nodes, edges = chain(call, text("b", "{{ a.error.message }} ({{ a.fault.code }})"))
        edges[1]["sourceHandle"] = "error"
        run = await world.start(await world.add_workflow(nodes, edges))
        [row] = await world.ended(run)
    assert row.status == "completed"
    assert (await world.logs(run))[2].output["text"] == (
        "SOAP call failed: the service answered with a fault: No such order (e:Client)"
    )


async def test_a_retry_calls_again_after_a_fault_that_may_pass(world: World) -> None:
    async with SoapService(xml(fault("e:Server"))) as service, world.worker():
        retry = {"max_attempts": 2, "delay_seconds": 0}
        call = node("a", "soap", wsdl=service.wsdl, operation="Add", payload={"a": 1, "b": 2}, retry=retry)
        await ended_well(world, call)
        calls = service.calls
    assert len(calls) == 2
    assert calls[0] == calls[1]


async def test_what_is_not_public_is_not_called(world: World) -> None:
    world.settings = world.settings.model_copy(update={"egress": type(world.settings.egress)()})
    async with SoapService() as service, world.worker():
        call = node("a", "soap", wsdl=service.wsdl.replace("http", "https"), operation="Add")
        run = await world.start(await world.add_workflow(*chain(call)))
        [row] = await world.ended(run)
    assert "not allowed" in row.error_message
    assert service.requests == []
