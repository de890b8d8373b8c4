"""What every route with an id is called with: things that exist, put straight into the database.

A new kind of id in a path needs a planter in `PLANTERS`, a new route with a body a line in `BODIES`; tests fail until
they are there.
"""

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi.dependencies.models import Dependant
from fastapi.routing import RouteContext

from app.auth.deps import BearerAuth
from app.core.clock import Clock
from app.core.ids import AUTHORIZATION, VAULT_ITEM, IdSource
from app.main import PUBLIC_ENDPOINTS
from app.models import Base
from tests.api.test_guards import ROUTES
from tests.factories.forms import open_form
from tests.factories.rows import least_row
from tests.factories.runs import add_log
from tests.factories.workflows import Json, edge, node, workflow
from tests.fixtures.api import Client, Database

_IDS = IdSource(Clock())
_PARAMETER = re.compile(r"\{(\w+)\}")

# A valid body for each route that has one; null for the others. Whoever is refused must not be so for the body.
BODIES: Mapping[str, Json | None] = {
    "PUT /workflows/{workflowId}": {"name": "taken over"},
    "POST /workflows/{workflowId}/execute": {"context": {}},
    "POST /workflows/sync/{workflowId}": {},
    "PUT /workflows/vault/{vaultId}": {"name": "taken-over"},
}


@dataclass(frozen=True, slots=True)
class Garden:
    """One organization's things, planted as they are asked for."""

    api: Client
    database: Database
    planted: dict[str, str] = field(default_factory=dict)

    async def path(self, template: str) -> str:
        """Return the path with ids of things that exist."""
        for name in _PARAMETER.findall(template):
            await self.plant(name)
        return template.format(**self.planted)

    async def plant(self, name: str) -> str:
        if name not in self.planted:
            self.planted[name] = await PLANTERS[name](self)
        return self.planted[name]


async def _workflow(garden: Garden) -> str:
    body = workflow(
        node("t", "manual_trigger"), node("a", "text_transform", template="x"), edges=[edge("t", "a")], name="Planted"
    )
    return str((await garden.api.created(body))["id"])


async def _run(garden: Garden) -> str:
    """Plant a run that has failed after its first node."""
    run = await garden.api.started(await garden.plant("workflowId"))
    await add_log(garden.database, run["id"], 1)
    await garden.database.execute(
        "UPDATE run_logs SET node_id = 't', component_id = 'manual_trigger' WHERE run_id = :id", id=run["id"]
    )
    await garden.database.execute(
        "UPDATE runs SET status = 'failed', ready = false, completed_at = now() WHERE id = :id", id=run["id"]
    )
    return str(run["id"])


async def _trigger(_: Garden) -> str:
    return "t"


async def _first_version(garden: Garden) -> str:
    await garden.plant("workflowId")
    return "1"


async def _vault_item(garden: Garden) -> str:
    return await _row(garden, "vault_items", VAULT_ITEM, name="planted")


async def _authorization(garden: Garden) -> str:
    return await _row(garden, "authorizations", AUTHORIZATION, status="active", provider="altostrat", scope="")


async def _form(garden: Garden) -> str:
    return (await open_form(garden.api, garden.database)).token


async def _row(garden: Garden, table: str, prefix: str, **values: object) -> str:
    """Insert the least row and return its id."""
    row = least_row(Base.metadata.tables[table], id=_IDS.new(prefix), org_id=garden.api.org_id, **values)
    names = ", ".join(row)
    await garden.database.execute(f"INSERT INTO {table} ({names}) VALUES (:{', :'.join(row)})", **row)  # noqa: S608 -- names of ours
    return str(row["id"])


Planter = Callable[[Garden], Awaitable[str]]
PLANTERS: Mapping[str, Planter] = {
    "workflowId": _workflow,
    "runId": _run,
    "nodeId": _trigger,
    "n": _first_version,
    "version": _first_version,
    "vaultId": _vault_item,
    "authId": _authorization,
    "token": _form,
}


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one route of the app."""

    method: str
    path: str
    scopes: frozenset[str]  # that it asks for; none where it is public

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def parameters(self) -> list[str]:
        return _PARAMETER.findall(self.path)


def _scopes(dependant: Dependant) -> Iterator[str]:
    for inner in dependant.dependencies:
        if isinstance(inner.call, BearerAuth):
            yield from inner.own_oauth_scopes or []
        yield from _scopes(inner)


def _operations(route: RouteContext) -> Iterator[Operation]:
    scopes = frozenset() if route.endpoint in PUBLIC_ENDPOINTS else frozenset(_scopes(route.dependant))
    for method in sorted(route.methods or ()):
        yield Operation(method, str(route.path_format), scopes)


OPERATIONS: list[Operation] = [operation for route in ROUTES for operation in _operations(route)]
GUARDED = [operation for operation in OPERATIONS if operation.scopes]


async def everything_of(database: Database, org_id: str) -> dict[str, list[Any]]:
    """Return all rows of an organization, by table."""
    found = {}
    for table in Base.metadata.sorted_tables:
        if "org_id" in table.columns:
            rows = await database.rows(
                f"SELECT to_jsonb(t) FROM {table.name} t WHERE org_id = :org ORDER BY to_jsonb(t)::text",  # noqa: S608 -- a table of ours
                org=org_id,
            )
            found[table.name] = [row[0] for row in rows]
    return found
