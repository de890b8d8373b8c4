"""Mail and notifications of runs: delivered once, and no password in what is left of them."""

import base64
from collections.abc import Callable

import pytest
from pydantic import SecretStr

from app.core.config import ChannelSettings
from app.graph.redaction import MASK
from tests.factories.mail import received
from tests.factories.vault_rows import VaultRows
from tests.fixtures.mail_servers import MailTarget, ScriptedServer
from tests.fixtures.target import Target, answer
from tests.worker.telling import SECRET, ended_well, failure, kept, spelt
from tests.worker.world import World, node, text

PLAIN = base64.b64encode(f"\0virga\0{SECRET}".encode()).decode()


def send(node_id: str, port: int, **data: object) -> dict[str, object]:
    settings = {
        "host": "127.0.0.1",
        "port": port,
        "security": "none",
        "from": "a@example.com",
        "to": ["b@example.com", "c@example.com"],
        "subject": "{{ t.context.subject }}",
        "text": "Hello",
        **data,
    }
    return node(node_id, "send_email", **settings)


async def test_a_message_is_delivered_once_with_the_password_of_the_vault(world: World, vault: VaultRows) -> None:
    await vault.add("mail", SECRET)
    async with MailTarget(user=("virga", SECRET), refused={"c@example.com": "550 no"}) as target, world.worker():
        sending = send("a", target.port, username="virga", password="{{ vault.mail }}")
        run = await ended_well(world, sending, text("b", "{{ a.accepted[0] }}"), subject="Grüße")
    [envelope], logs, left = target.got, await world.logs(run), await kept(world)
    message = received(envelope.original_content or b"")

    assert (envelope.rcpt_tos, str(message["Subject"])) == (["b@example.com"], "Grüße")
    assert logs[1].output["message_id"] == message["Message-ID"]
    assert logs[1].output["rejected"] == [{"address": "c@example.com", "code": 550, "message": "no"}]
    assert (logs[1].output["accepted"], logs[2].output["text"]) == (["b@example.com"], "b@example.com")
    assert [form for form in spelt(SECRET) if form in left] == []


@pytest.mark.parametrize("echoed", [SECRET, PLAIN, base64.b64encode(SECRET.encode()).decode()])
async def test_what_a_server_says_back_of_a_password_is_masked(world: World, vault: VaultRows, echoed: str) -> None:
    await vault.add("mail", SECRET)
    refusal = f"550 {'x' * 290}{echoed}"
    script = {"EHLO": "250-here\r\n250 AUTH PLAIN", "RCPT": refusal}
    async with ScriptedServer(script) as server, world.worker():
        message = await failure(world, send("a", server.port, username="virga", password="{{ vault.mail }}"))
    left = await kept(world)

    assert f"AUTH PLAIN {PLAIN}" in server.commands
    assert MASK in message
    assert [form for form in (*spelt(SECRET), echoed[:8], PLAIN[:12]) if form in left] == []


async def test_a_wrong_password_takes_the_error_branch_and_is_masked(world: World, vault: VaultRows) -> None:
    await vault.add("mail", SECRET)
    script = {"EHLO": "250-here\r\n250 AUTH PLAIN", "AUTH": f"535 {PLAIN} is wrong"}
    async with ScriptedServer(script) as server, world.worker():
        message = await failure(world, send("a", server.port, username="virga", password="{{ vault.mail }}"))

    said = f"127.0.0.1 did not accept the user name and the password: 535 {MASK} is wrong"
    assert message.endswith(f"The e-mail was not sent: {said}")


async def test_an_attempt_that_may_pass_is_repeated_with_the_same_message(world: World) -> None:
    async with MailTarget() as target, ScriptedServer({"MAIL": "451 later"}) as server, world.worker():
        retry = {"max_attempts": 2, "delay_seconds": 0}
        message = await failure(world, send("a", server.port, retry=retry))
        run = await ended_well(world, send("a", target.port, retry=retry))
    attempts = [command for command in server.commands if command.startswith("MAIL")]

    assert (len(attempts), "451 later" in message) == (2, True)
    assert len(target.got) == 1
    assert [status for _, status in await world.steps(run)] == ["success", "success"]


async def test_a_notification_is_delivered_by_a_channel_that_stays_hidden(
    make_database: Callable[[], str], redis_url: str
) -> None:
    async with Target(answer(b"ok"), answer(b"no /hooks/T0ken-of-the-operator", status="403 Forbidden")) as target:
        url = SecretStr(target.url("/hooks/T0ken-of-the-operator"))
        world = World(make_database(), redis_url, channels={"ops": ChannelSettings(type="webhook", url=url)})
        await world.flush_redis()
        async with world.worker():
            notify = node("a", "send_notification", channel="ops", subject="S", message="M")
            run = await ended_well(world, notify)
            message = await failure(world, notify)
            unknown = await failure(world, {**notify, "data": {**notify["data"], "channel": "x"}})  # type: ignore[dict-item] # an object
        logs, left = await world.logs(run), await kept(world)
        await world.close()

    assert logs[1].output == {"delivered": True, "channel": "ops"}
    assert f"idempotency-key: {run}::a" in target.requests[0].decode().lower()
    assert message.endswith(f"The notification was not delivered: the webhook answered 403 Forbidden: no {MASK}")
    assert unknown.endswith('there is no channel "x" on this server; there are: ops')
    assert "T0ken" not in left
