"""The served OpenAPI against the served API: every operation, every check, nothing left out."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from schemathesis import Case
from schemathesis.config import SchemathesisConfig
from schemathesis.openapi import from_path

from tests.factories.workflows import webhook_workflow, workflow
from tests.fixtures.api import token_of
from tests.fixtures.api_process import ORGANIZATION, ApiProcess


@pytest.fixture(scope="module")
def live(postgres_url: str, redis_url: str) -> Iterator[ApiProcess]:
    with ApiProcess(postgres_url, redis_url) as process:
        yield process


# What a JSON Schema cannot say is refused with a documented 422: a graph that is not valid, a page out of reach, text
# with NUL, integers past 64 bits anywhere in a body. An `If-Match` that does not match is 412, whatever the body.
# All else that the schema allows must be accepted, and what it does not allow refused.
ACCEPTED = ["2xx", "3xx", "401", "403", "404", "409", "412", "422"]
REFUSED = ["400", "401", "403", "404", "405", "409", "412", "413", "415", "422"]
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


class Planted:
    """A workflow of each kind and a run, so that operations also meet ids that exist."""

    def __init__(self, live: ApiProcess) -> None:
        self.workflow = live.post("/workflows", workflow())["id"]
        hook = live.post("/workflows", webhook_workflow())["webhook_url"]
        run = live.post(f"/workflows/{self.workflow}/execute", {})["id"]
        self.by_name = {"workflowId": self.workflow, "runId": run, "webhookToken": hook.rsplit("/", 1)[1]}

    def place(self, case: Case[Any]) -> None:
        """Put ids that exist into every other case, told by the id that was generated."""
        for name, generated in case.path_parameters.items():
            if len(str(generated)) % 2:
                case.path_parameters[name] = self.by_name[name]


@pytest.fixture
def planted(live: ApiProcess) -> Planted:
    return Planted(live)


@schema.parametrize()
@seed(20251031)
@settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
def test_every_operation_answers_as_documented(case: Case[Any], live: ApiProcess, planted: Planted) -> None:
    planted.place(case)
    case.call_and_validate(base_url=live.url)
