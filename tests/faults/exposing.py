"""Secrets used by way of the API's other doors: calls of the platform, synchronous calls, webhooks, signing in."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx

from tests.authorizations.browser import CALLBACK, answered, query_of
from tests.factories.webhooks import path_of, sign
from tests.faults.system import Accepted, System
from tests.fixtures.echo import EchoTarget
from tests.worker.world import call, chain, edge, node

VAULT = "/workflows/vault"
OK, ACCEPTED, REFUSED, FAILED = 200, 202, 401, 502
BODY = b'{"order": 7}'

# By name, the body of a node that calls the platform, which sends the authorization's token besides.
PLATFORM_BODIES: Mapping[str, object] = {
    "text": "key={{ vault.special }}",
    "JSON text": '{"key": "{{ vault.special }}"}',
    "object": {"deep": ["{{ vault.special }}", {"key": "a {{ vault.plain }} b"}]},
}


def platform_call(node_id: str, status: int, /, **data: object) -> dict[str, object]:
    return node(node_id, "altostrat_api", method="POST", endpoint=f"/status/{status}/v1/sites", **data)


@dataclass
class Exposure:
    """Uses the secrets `plain` and `special` before a target that says them back, with `status`.

    `heard` is all that the API has answered, each answer with what was done.
    """

    system: System
    target: EchoTarget
    status: int
    plain: str
    special: str
    heard: list[tuple[str, str]] = field(default_factory=list)
    workflows: list[str] = field(default_factory=list)

    async def keep(self) -> None:
        """Put the secrets into the vault; one of them changes on the way, and one is refused."""
        http = self.system.http
        self._hear("keep", await http.post(VAULT, json={"name": "plain", "secret": self.plain}), 201)
        made = self._hear("keep", await http.post(VAULT, json={"name": "special", "secret": self.plain}), 201)
        self.item = str(made.json()["id"])
        self._hear("change", await http.put(f"{VAULT}/{self.item}", json={"secret": self.special}), OK)
        self._hear("keep without a name", await http.post(VAULT, json={"name": "", "secret": self.special}), 422)

    async def sign_in(self) -> set[str]:
        """Make an authorization, and return what is secret of the way to it. The provider knows its tokens."""
        url = (await self.system.http.post("/workflows/authorization")).json()["url"]
        query = await answered(url, {"sub": "ada"})
        self._hear("sign in", await self.system.http.get(CALLBACK, params=query), OK)
        (made,) = (await self.system.http.get("/workflows/authorization")).json()
        self.authorization_id = str(made["id"])
        return {query["code"], query["state"], query_of(url)["nonce"]}

    async def call_the_platform(self) -> Accepted:
        """Start a run that calls the platform, once with each kind of body, and return it."""
        calls = [
            platform_call(f"p{number}", self.status, continue_on_error=True, body=body)
            for number, body in enumerate(PLATFORM_BODIES.values())
        ]
        graph = chain(*calls, platform_call("last", self.status))
        (run,) = await self.system.execute(await self._create(graph, authorization_id=self.authorization_id))
        return run

    async def try_the_platform(self) -> None:
        """Try nodes out that call the platform: one that succeeds, and one that the target answers with `status`."""
        for status in (OK, self.status):
            tested = platform_call("p", status, body=PLATFORM_BODIES["object"])
            asked = {"node": tested, "authorization_id": self.authorization_id}
            answer = self._hear("test-node", await self.system.http.post("/workflows/test-node", json=asked), OK)
            assert answer.json()["status"] == ("success" if status == OK else "error")

    async def call_and_wait(self) -> None:
        """Call a synchronous workflow: the answer is the target's words, or tells how the run has failed."""
        workflow = await self._create(self._behind(node("t", "sync_request_trigger")))
        answer = await self.system.http.post(f"/workflows/sync/{workflow}", json={})
        self._hear("sync", answer, OK if self.status == OK else FAILED)

    async def call_a_webhook(self) -> Accepted:
        """Greet and call a webhook that checks both with a secret, rightly and wrongly, and return the run."""
        proof = {"verification": {"scheme": "hmac_sha256", "secret": self.item}, "verify_token": self.item}
        workflow = await self._create(self._behind(node("t", "webhook_trigger", challenge="meta", **proof)))
        http = self.system.http
        url = path_of((await http.get(f"/workflows/{workflow}")).json())
        for token, status in ((self.special, OK), (self.special + "!", REFUSED)):
            greeting = {"hub.mode": "subscribe", "hub.challenge": "42", "hub.verify_token": token}
            self._hear("greet", await http.get(url, params=greeting), status)
        wrong = {"X-Signature": self.plain}
        self._hear("sign wrongly", await http.post(url, content=BODY, headers=wrong), REFUSED)
        signed = sign("hmac_sha256", self.special, BODY)
        accepted = self._hear("webhook", await http.post(url, content=BODY, headers=signed), ACCEPTED)
        return Accepted(str(accepted.json()["id"]), 0.0)

    def _behind(self, trigger: dict[str, object]) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
        """Return a trigger and a call with the secrets, in the header too that the target says back as its reason."""
        headers = {"Accept": "{{ vault.plain }}", "X-Key": "{{ vault.special | url_encode }}"}
        address = self.target.url(f"/status/{self.status}")
        return [trigger, call("last", address, headers=headers, body="{{ vault.special }}")], [edge("t", "last")]

    async def _create(self, graph: tuple[list[dict[str, object]], list[dict[str, object]]], **fields: object) -> str:
        self.workflows.append(await self.system.create(graph, **fields))
        return self.workflows[-1]

    def _hear(self, act: str, answer: httpx.Response, status: int) -> httpx.Response:
        assert answer.status_code == status, (act, answer.text)
        self.heard.append((act, answer.text))
        return answer
