"""Who may call which route: everybody only where it is written down, all others with the scopes they name."""

from collections.abc import Iterator

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from pydantic import SecretStr

from app.auth.deps import BEARER_AUTH, requires
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


def guards(dependant: Dependant) -> Iterator[list[str]]:
    """Yield the scopes that each guard of a route asks for."""
    for inner in dependant.dependencies:
        if inner.call is BEARER_AUTH:
            yield inner.own_oauth_scopes or []
        yield from guards(inner)


@pytest.mark.parametrize("route", ROUTES, ids=name_of)
def test_a_route_is_public_by_name_or_asks_for_a_scope(route: RouteContext) -> None:
    scopes = [scope for asked in guards(route.dependant) for scope in asked]
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
    (method, str(route.path_format), frozenset(scope for asked in guards(route.dependant) for scope in asked))
    for route in GUARDED
    for method in sorted(route.methods or ())
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


async def test_a_missing_scope_is_named(api: Client) -> None:
    answer = await api.allowed("vault:read").get("/workflows")
    assert json_of(answer, 403)["message"] == 'The token lacks the scope "workflows:read".'
    assert answer.headers["www-authenticate"] == 'Bearer error="insufficient_scope", scope="workflows:read"'
