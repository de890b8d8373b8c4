"""The examples of components that reach out: to other systems, by mail, and onto hosts."""

import pytest

from tests.examples.files import Workflow, settings_of
from tests.examples.outside import says
from tests.examples.soap import wsdl
from tests.examples.stage import Stage, output, secret_of, steps
from tests.factories.mail import received
from tests.fixtures.soap_service import enveloped, fault, xml
from tests.fixtures.ssh_host import CLIENT_KEY, USER, SshHost, text_of


@pytest.mark.parametrize(("status", "last"), [("200 OK", "done"), ("400 Bad Request", "failed")])
async def test_a_call_is_made(stage: Stage, status: str, last: str) -> None:
    stage.outside.on("POST example.com/api/events", says({}, status))
    run = await stage.executed(await stage.save("webhook"), {"a": 1})
    [asked] = stage.outside.heard
    assert (run["status"], steps(run)[-1]) == ("completed", last)
    assert (asked.body, asked.headers["x-source"]) == ({"run_id": run["id"], "context": {"a": 1}}, "virga")


async def test_a_message_is_sent(stage: Stage) -> None:
    await stage.keep("mail password", secret_of("mail_password"))
    run = await stage.executed(await stage.save("send_email"), {"email": "ada@example.org", "order_id": 7})
    [letter] = map(received, stage.mail.messages)
    assert (run["status"], steps(run)[-1]) == ("completed", "done")
    assert (letter["Subject"], letter["X-Order"]) == ("Your order 7", "7")


async def test_a_message_without_a_recipient_takes_the_error_branch(stage: Stage) -> None:
    run = await stage.executed(await stage.save("send_email"), {"order_id": 7})
    assert (run["status"], steps(run)[-1]) == ("completed", "failed")


async def test_a_pdf_is_handed_on(stage: Stage) -> None:
    items = [{"name": "Tea", "price": 4}]
    run = await stage.executed(await stage.save("markdown_to_pdf"), {"number": 7, "items": items})
    [asked] = stage.outside.to("POST example.com/api/documents")
    assert (run["status"], asked.body["name"]) == ("completed", "order-7.pdf")
    assert asked.body["content"].startswith("JVBERi0")  # %PDF-


async def test_keys_are_kept_and_the_public_one_is_told(stage: Stage) -> None:
    run = await stage.executed(await stage.save("wireguard_keys"), {"site": "Lisbon"})
    [asked] = stage.outside.to("POST example.com/api/peers")
    names = {item["name"] for item in (await stage.api.get("/workflows/vault")).json()}
    assert asked.body == {"site": "Lisbon", "public_key": output(run, "keys")["public_key"]}
    assert names == {"wireguard Lisbon", "wireguard Lisbon psk"}


@pytest.mark.parametrize(
    ("reply", "last", "said"),
    [
        (
            xml(
                enveloped('<GetOrderResponse xmlns="urn:o"><number>7</number><status>open</status></GetOrderResponse>')
            ),
            "done",
            "is open",
        ),
        (xml(fault(), status="500 Internal Server Error"), "failed", "No such order"),
    ],
    ids=["answer", "fault"],
)
async def test_an_older_system_is_asked(stage: Stage, reply: bytes, last: str, said: str) -> None:
    answers = ("number int", "status string")
    described = wsdl(stage.outside.url("/soap"), "GetOrder", ["number int"], answers, namespace="urn:o")
    stage.outside.on("GET example.com/orders", xml(described))
    stage.outside.on("POST soap", reply)
    run = await stage.executed(await stage.save("soap"), {"number": 7})
    assert steps(run)[-1] == last
    assert said in output(run, last)["text"]


@pytest.mark.parametrize(
    ("command", "last", "said"),
    [("echo {{ start.context.address | shell_quote }}", "reached", "203.0.113.7"), ("complain no", "failed", "no")],
)
async def test_a_router_is_asked(stage: Stage, command: str, last: str, said: str) -> None:
    await stage.keep("router_key", text_of(CLIENT_KEY))
    async with SshHost() as host:

        def change(workflow: Workflow) -> None:
            [ssh] = settings_of(workflow, "ssh")
            ssh |= {"host": "127.0.0.1", "port": host.port, "username": USER, "host_key": host.key.fingerprint}
            ssh["commands"] = [command]

        run = await stage.executed(await stage.save("ssh", change), {"address": "203.0.113.7"})
    assert steps(run)[-1] == last
    assert said in output(run, last)["text"]
