"""Who may call which route: everybody only where it is written down, all others with the scopes they name."""

from collections.abc import Iterator

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from pydantic import SecretStr

from app.auth.deps import BearerAuth, requires
from app.auth.scopes import SCOPES
from app.core.config import Settings
from app.core.errors import VirgaError
from app.http.requests import JsonRoute
from app.main import ERROR_KINDS, PUBLIC_ENDPOINTS, create_app
from tests.fixtures.api import Client, json_of

NOWHERE = Settings(DATABASE_URL=SecretStr("postgresql://nowhere"), REDIS_URL=SecretStr("redis://nowhere"))
APP = create_app(NOWHERE)
ROUTES = list(iter_route_contexts(APP.routes))


def name_of(route: RouteContext) -> str:
    return f"{'/'.join(sorted(route.methods or ()))} {route.path}"


def guards(dependant: Dependant) -> Iterator[tuple[BearerAuth, list[str]]]:
    """Yield each guard of a route and the scopes that it asks for."""
    for inner in dependant.dependencies:
        if isinstance(inner.call, BearerAuth):
            yield inner.call, inner.own_oauth_scopes or []
        yield from guards(inner)


def scopes_of(route: RouteContext) -> frozenset[str]:
    return frozenset(scope for _, asked in guards(route.dependant) for scope in asked)


@pytest.mark.parametrize("route", ROUTES, ids=name_of)
def test_a_route_is_public_by_name_or_asks_for_a_scope(route: RouteContext) -> None:
    scopes = scopes_of(route)
    assert bool(scopes) != (route.endpoint in PUBLIC_ENDPOINTS)
    assert SCOPES.issuperset(scopes)


def test_every_public_endpoint_is_a_route() -> None:
    assert {route.endpoint for route in ROUTES} >= PUBLIC_ENDPOINTS


@pytest.mark.parametrize("route", ROUTES, ids=name_of)
def test_every_route_reads_bodies_strictly(route: RouteContext) -> None:
    assert isinstance(route.original_route, JsonRoute)


def test_operation_ids_are_unique() -> None:
    ids = [route.unique_id for route in ROUTES if isinstance(route.original_route, APIRoute)]
    assert len(ids) == len(set(ids))


def subclasses(kind: type[VirgaError]) -> Iterator[type[VirgaError]]:
    yield kind
    for inner in kind.__subclasses__():
        yield from subclasses(inner)


def test_every_error_of_the_product_is_explained() -> None:
    product = {kind for kind in subclasses(VirgaError) if kind.__module__.startswith("app.")}
    assert product == set(ERROR_KINDS)


@pytest.mark.parametrize("scopes", [(), ("workflows:fly",), ("workflows:read", "x")])
def test_a_scope_that_does_not_exist_cannot_be_asked_for(scopes: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="needs at least one of"):
        requires(*scopes)


GUARDED = [route for route in ROUTES if route.endpoint not in PUBLIC_ENDPOINTS]
WALK = [
    (method, str(route.path_format), scopes_of(route)) for route in GUARDED for method in sorted(route.methods or ())
]


@pytest.mark.parametrize(("method", "path", "needed"), WALK)
async def test_each_scope_opens_exactly_its_routes(api: Client, method: str, path: str, needed: frozenset[str]) -> None:
    for scope in sorted(SCOPES):
        answer = await api.allowed(scope).request(method, path.replace("{", "").replace("}", ""))
        assert (answer.status_code == 403) == (needed != {scope})


@pytest.mark.parametrize(("method", "path", "needed"), WALK)
async def test_without_a_token_no_guarded_route_answers(
    api: Client, method: str, path: str, needed: frozenset[str]
) -> None:
    answer = await api.anonymous().request(method, path.replace("{", "").replace("}", ""))
    body = json_of(answer, 401)
    assert (body["type"], body["code"], answer.headers["www-authenticate"]) == (
        "authentication_error",
        "token_missing",
        "Bearer",
    )
    assert needed


# Starting runs and reading them; whoever adds a route here hands it to every program that has a key.
FOR_API_KEYS = {
    ("POST", "/workflows/{workflowId}/execute"),
    ("GET", "/workflows/{workflowId}/executions"),
    ("GET", "/workflows/runs/{runId}"),
    ("GET", "/workflows/runs/{runId}/events"),
    ("POST", "/workflows/sync/{workflowId}"),
}


@pytest.mark.parametrize(("method", "path", "needed"), WALK)
async def test_an_api_key_opens_its_routes_and_no_other(
    api: Client, method: str, path: str, needed: frozenset[str]
) -> None:
    by_key = await api.with_api_key()
    answer = await by_key.request(method, path.replace("{", "").replace("}", ""))
    if (method, path) in FOR_API_KEYS:
        assert answer.status_code == 404
    else:
        error = json_of(answer, 403)
        assert (error["code"], error["message"].split(":")[0]) == ("scope_missing", "API keys cannot do this")
        assert any(f'scope="{scope}"' in answer.headers["www-authenticate"] for scope in needed)


def test_every_route_for_api_keys_exists() -> None:
    assert {(method, path) for method, path, _ in WALK} >= FOR_API_KEYS


async def test_a_missing_scope_is_named(api: Client) -> None:
    answer = await api.allowed("vault:read").get("/workflows")
    assert json_of(answer, 403)["message"] == 'The token lacks the scope "workflows:read".'
    assert answer.headers["www-authenticate"] == 'Bearer error="insufficient_scope", scope="workflows:read"'
