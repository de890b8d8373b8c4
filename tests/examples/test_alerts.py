"""Examples that tell people of something: who is told what, and who is not."""

from datetime import timedelta
from typing import Any

import pytest

from app.core.json import JsonValue, dumps
from tests.examples.outside import says
from tests.examples.stage import Stage, sent_with, steps
from tests.factories.mail import received
from tests.factories.webhooks import path_of, sign
from tests.fixtures.api import json_of

FULL = {"title": "Disk is full", "host": "db1", "text": "98 % used"}


async def test_a_critical_alert_rings_and_becomes_a_ticket(stage: Stage) -> None:
    saved = await stage.save("alert_routing")
    run = await stage.hooked(saved, {**FULL, "severity": "Emergency"})
    [ticket] = stage.outside.to("POST tickets.example.com/api/issues")
    assert run["status"] == "completed"
    assert stage.outside.told() == [("oncall", "Disk is full (db1)\n\n98 % used")]
    assert ticket.body == {"title": "Disk is full", "labels": ["alert", "db1"], "text": "98 % used"}
    assert ticket.headers["authorization"] == sent_with("tickets_token")


@pytest.mark.parametrize(("severity", "told"), [("warning", ["ops"]), ("info", []), (None, [])])
async def test_any_other_alert_rings_nobody(stage: Stage, severity: str | None, told: list[str]) -> None:
    saved = await stage.save("alert_routing")
    run = await stage.hooked(saved, {**FULL, "severity": severity})
    assert (run["status"], steps(run)[-1]) == ("completed", "warn" if told else "ignored")
    assert [channel for channel, _ in stage.outside.told()] == told
    assert stage.outside.routes == []


async def test_a_critical_alert_is_mailed_where_the_chat_is_down(stage: Stage) -> None:
    stage.outside.on("POST channels/oncall", says({}, "503 Service Unavailable"))
    saved = await stage.save("alert_routing")
    run = await stage.hooked(saved, {**FULL, "severity": "critical"})
    [letter] = map(received, stage.mail.messages)
    assert run["status"] == "completed"
    assert (letter["To"], letter["Subject"]) == ("oncall@example.com", "Disk is full (db1)")
    assert "The chat did not take this: " in letter.get_content()


OFFLINE = {"id": "s 1", "name": "Lisbon", "since": "2026-01-15T09:30:00Z"}
SITE = "GET monitoring.example.com/api/sites/s+1"


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (
            {"status": "offline", "since": "2026-01-15T09:30:00+00:00"},
            [("oncall", "Lisbon is offline\n\nSince 09:30 UTC.")],
        ),
        ({"status": "online", "since": "2026-01-15T09:33:00Z"}, []),
        ({"status": "offline", "since": "2026-01-15T09:33:00Z"}, []),
    ],
    ids=["offline", "back", "offline again"],
)
async def test_a_site_that_stays_offline_is_told_of_once(stage: Stage, now: JsonValue, told: list[Any]) -> None:
    stage.outside.on(SITE, says(now))
    await stage.save("site_offline_recheck")
    [run_id] = await stage.happened("site.offline", **OFFLINE)
    run = await stage.ended(run_id)
    assert run["status"] == "completed", run
    assert stage.outside.told() == told
    assert steps(run) == ["offline", "wait", "look", "verdict", "tell" if told else "quiet"]


async def test_a_site_of_which_nothing_is_known_is_told_of(stage: Stage) -> None:
    stage.outside.on(SITE, says({}, "404 Not Found"))
    await stage.save("site_offline_recheck")
    await stage.ended(*await stage.happened("site.offline", **OFFLINE))
    [(channel, text)] = stage.outside.told()
    assert (channel, "404 Not Found" in text) == ("oncall", True)


async def test_a_site_that_is_only_planned_starts_nothing(stage: Stage) -> None:
    await stage.save("site_offline_recheck")
    assert await stage.happened("site.offline", **OFFLINE, state="planned") == []


async def test_certificates_are_told_of_by_how_long_they_are_good(stage: Stage) -> None:
    now = stage.world.clock.now()
    certificates = [
        {"name": "old", "expires_at": (now - timedelta(days=1)).isoformat()},
        {"name": "soon", "expires_at": (now + timedelta(days=5, hours=1)).isoformat(), "owner": "Ada"},
        {"name": "new", "expires_at": (now + timedelta(days=60)).isoformat()},
    ]
    stage.outside.on("GET inventory.example.com/api/certificates", says({"certificates": certificates}))
    run = await stage.ended(await stage.ticked(await stage.save("certificate_watch")))
    told = [(channel, text.partition("\n")[0]) for channel, text in stage.outside.told()]
    assert told == [("oncall", "old has expired"), ("ops", "soon expires in 5 days")]
    assert "Ada looks after it." in stage.outside.told()[1][1]
    assert run["logs"][-1]["output"]["text"] == "3 certificates were looked at."


@pytest.mark.parametrize(
    ("signin", "last", "told"),
    [
        ({"ip": "10.0.0.7", "role": "admin"}, "ours", None),
        ({"ip": "9.9.9.9", "role": "user"}, "usual", None),
        ({"ip": "9.9.9.9", "role": "admin"}, "tell", "ada signed in from Germany"),
        ({"ip": "4.4.4.4", "role": "user"}, "tell", "ada signed in from Norway"),
        ({"ip": "8.8.8.8", "role": "user"}, "tell", "ada signed in from an unknown country"),
        ({"ip": "no address"}, "no_address", "A sign-in without an address"),
    ],
)
async def test_sign_ins_are_told_of_by_where_they_come_from(
    stage: Stage, signin: dict[str, str], last: str, told: str | None
) -> None:
    run = await stage.hooked(await stage.save("signin_watch"), {"user": "ada", **signin})
    assert (run["status"], steps(run)[-1]) == ("completed", last)
    assert [text.partition("\n")[0] for _, text in stage.outside.told()] == ([told] if told else [])


PUSH = {
    "ref": "refs/heads/main",
    "compare": "https://github.example.com/compare/1",
    "repository": {"full_name": "ada/engine"},
    "commits": [{"id": "0123456789", "message": "Fix it\n\nAt last.", "author": {"name": "Ada"}}],
}
REQUEST = {"title": "Faster", "html_url": "https://github.example.com/pull/1", "user": {"login": "ada"}}


@pytest.mark.parametrize(
    ("event", "body", "told"),
    [
        ("push", PUSH, "1 commits on ada/engine\n\n0123456 Fix it (Ada)\nhttps://github.example.com/compare/1"),
        ("push", {**PUSH, "ref": "refs/heads/main-2"}, None),
        (
            "pull_request",
            {"action": "opened", "pull_request": {**REQUEST, "merged": False}},
            "Please review: Faster\n\nada asks for it: https://github.example.com/pull/1",
        ),
        (
            "pull_request",
            {"action": "closed", "pull_request": {**REQUEST, "merged": True}},
            "Merged: Faster\n\nhttps://github.example.com/pull/1",
        ),
        ("pull_request", {"action": "closed", "pull_request": {**REQUEST, "merged": False}}, None),
        ("ping", {"zen": "Keep it logically awesome."}, None),
    ],
)
async def test_the_chat_is_told_what_matters_of_github(
    stage: Stage, event: str, body: dict[str, Any], told: str | None
) -> None:
    run = await stage.ended(await _called_by_github(stage, event, body, "the secret"))
    assert run["status"] == "completed"
    assert stage.outside.told() == ([("dev", told)] if told else [])


async def test_a_call_that_github_has_not_signed_starts_nothing(stage: Stage) -> None:
    with pytest.raises(AssertionError, match="signature_invalid"):
        await _called_by_github(stage, "push", PUSH, "another secret")


async def _called_by_github(stage: Stage, event: str, body: dict[str, Any], secret: str) -> str:
    item = await stage.keep("github", "the secret")
    saved = await stage.save(
        "github_to_chat", lambda workflow: workflow["nodes"][0]["data"]["verification"].update(secret=item)
    )
    content = dumps(body).encode()
    headers = {**sign("github", secret, content), "X-GitHub-Event": event, "Content-Type": "application/json"}
    sent = await stage.api.anonymous().post(path_of(saved), content=content, headers=headers)
    return str(json_of(sent, 202)["id"])
