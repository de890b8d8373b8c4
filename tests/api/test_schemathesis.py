"""The served OpenAPI against the served API: every operation, every check, nothing left out."""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from http import HTTPStatus
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.errors import FlakyStrategyDefinition
from schemathesis import Case, GenerationMode
from schemathesis.config import SchemathesisConfig
from schemathesis.core.transport import Response
from schemathesis.openapi import from_path
from schemathesis.specs.openapi.checks import ensure_resource_availability

from tests.factories.workflows import edge, node, webhook_workflow, workflow
from tests.faults.programs import Program
from tests.fixtures.api import token_of
from tests.fixtures.api_process import ORGANIZATION, ApiProcess
from tests.fixtures.serving import free_port, wait_until

TIMEOUT_SECONDS = 30.0


@pytest.fixture(scope="module")
def live(
    make_database: Callable[[], str], redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ApiProcess]:
    """Return an API with a worker, without which runs do not end and nodes are not tried, on their own database."""
    log = tmp_path_factory.mktemp("worker") / "worker.log"
    with ApiProcess(make_database(), redis_url) as process:
        worker = Program(["worker"], process.environment, log, metrics_port=free_port())
        try:
            yield process
        finally:
            worker.end()


# What a JSON Schema cannot say is refused with a documented 422: a graph that is not valid, a page out of reach, text
# with NUL, integers past 64 bits anywhere in a body. An `If-Match` that does not match is 412, whatever the body.
# All else that the schema allows must be accepted, and what it does not allow refused.
# Who answers a form that was answered before hears so (410), whatever is sent.
ACCEPTED = ["2xx", "3xx", "401", "403", "404", "409", "410", "412", "422"]
REFUSED = ["400", "401", "403", "404", "405", "409", "410", "412", "413", "415", "422"]
CONFIG = SchemathesisConfig.from_dict(
    {
        "auth": {"openapi": {"BearerAuth": {"bearer": token_of(ORGANIZATION)}}},
        "checks": {
            "positive_data_acceptance": {"expected-statuses": ACCEPTED},
            "negative_data_rejection": {"expected-statuses": REFUSED},
        },
    }
)
schema = from_path("openapi/openapi.json", config=CONFIG)


EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "20"))  # an operation; and as many walks along the links
STEPS = 20  # of a walk, at most


class Planted:
    """A workflow of each kind and a run, so that operations also meet ids that exist."""

    def __init__(self, live: ApiProcess) -> None:
        self.workflow = live.post("/workflows", workflow())["id"]
        trigger = node("t", "webhook_trigger", challenge="msgraph")  # or GET would be refused, as a method
        hook = live.post("/workflows", webhook_workflow(nodes=[trigger]))["webhook_url"]
        run = live.post(f"/workflows/{self.workflow}/execute", {})["id"]
        item = live.post("/workflows/vault", {"name": f"of {run}", "secret": "a secret"})["id"]
        token = hook.rsplit("/", 1)[1]
        self.by_name = {"workflowId": self.workflow, "runId": run, "webhookToken": token, "vaultId": item, "n": 1}
        self.by_name["token"] = self._form(live)

    def _form(self, live: ApiProcess) -> str:
        """Return the token of a form that a run waits for."""
        asking = node("f", "interactive_form", title="Asked", fields=[{"name": "a"}])
        saved = live.post("/workflows", workflow(node("t", "manual_trigger"), asking, edges=[edge("t", "f")]))
        run = live.post(f"/workflows/{saved['id']}/execute", {})["id"]
        wait_until(lambda: "interactions" in live.get(f"/workflows/runs/{run}"))
        url = live.get(f"/workflows/runs/{run}")["interactions"][0]["url"]
        return str(url).rpartition("/")[2]

    def place(self, case: Case[Any]) -> None:
        """Put ids that exist into every other case, told by the id that was generated."""
        for name, generated in case.path_parameters.items():
            if len(str(generated)) % 2:
                case.path_parameters[name] = self.by_name.get(name, generated)


@pytest.fixture
def planted(live: ApiProcess) -> Planted:
    return Planted(live)


@schema.parametrize()
@seed(20251031)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
def test_every_operation_answers_as_documented(case: Case[Any], live: ApiProcess, planted: Planted) -> None:
    planted.place(case)
    case.call_and_validate(base_url=live.url, timeout=TIMEOUT_SECONDS)


def is_valid(case: Case[Any]) -> bool:
    """Say whether the case is as the schema wants it; others may be without a token, or with a body that is none."""
    return case.meta is None or case.meta.generation.mode is GenerationMode.POSITIVE


def walks_on(url: str) -> type[Any]:
    """Return the state machine that walks on the API at `url`, and counts in `begun` the walks that it began."""

    class Walk(schema.as_state_machine()):  # type: ignore[misc] # a class that is made when it is asked for
        begun = 0

        def setup(self) -> None:
            Walk.begun += 1
            self.deleted: set[str] = set()

        def before_call(self, case: Case[Any]) -> None:
            """Let every other workflow be one that can run: hardly any that is made at random is."""
            if is_valid(case) and case.operation.label == "POST /workflows" and len(str(case.body)) % 2:
                case.body = workflow()

        def after_call(self, response: Response, case: Case[Any]) -> None:
            super().after_call(response, case)
            if (
                case.operation.label == "DELETE /workflows/{workflowId}"
                and response.status_code == HTTPStatus.NO_CONTENT
            ):
                self.deleted.add(case.path_parameters["workflowId"])

        def validate_response(self, response: Response, case: Case[Any], *_: object, **sent: object) -> None:
            # The check looks for what deleted a resource at the addresses above its own. `/workflows/{workflowId}` is
            # not above `/workflows/sync/{workflowId}`, which is rightly not found once the workflow is deleted.
            gone = case.path_parameters.get("workflowId") in self.deleted
            excluded = [ensure_resource_availability] if gone else []
            case.validate_response(response, excluded_checks=excluded, transport_kwargs=sent, recorder=self.recorder)

        def get_call_kwargs(self, case: Case[Any]) -> dict[str, Any]:  # noqa: ARG002 -- the signature is schemathesis's
            return {"base_url": url, "timeout": TIMEOUT_SECONDS}

    return Walk


def test_walks_along_the_links_are_answered_as_documented(live: ApiProcess) -> None:
    walk = walks_on(live.url)
    while walk.begun < EXAMPLES:
        # Hypothesis expects the same steps to come to the same, which they do not where earlier walks have left things
        # and a worker is at work: then it gives up, and another walk is begun.
        with suppress(FlakyStrategyDefinition):
            walk.run(
                settings=settings(
                    max_examples=EXAMPLES - walk.begun,
                    stateful_step_count=STEPS,
                    deadline=None,
                    suppress_health_check=list(HealthCheck),
                    phases=[Phase.generate],
                    database=None,
                )
            )
