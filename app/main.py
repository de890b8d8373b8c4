"""The API as a whole: which routes it serves, which of them are public, and which errors there are."""

from collections.abc import Callable
from importlib.metadata import version

from fastapi import APIRouter
from fastapi.routing import APIRoute

from app.audit import endpoints as audit
from app.audit.errors import AUDIT_ERRORS
from app.auth.errors import AUTH_ERRORS
from app.authorizations import endpoints as authorizations
from app.authorizations.errors import AUTHORIZATION_ERRORS
from app.components import endpoints as components
from app.core.config import Settings
from app.core.errors import VirgaError
from app.core.metrics import new_registry
from app.events import endpoints as events
from app.events.errors import EVENT_ERRORS
from app.http import health, pages
from app.http.cors import Cors, checked_origins
from app.http.error_answers import ErrorAnswers
from app.http.errors import GENERAL_ERRORS
from app.http.exception_handlers import install
from app.http.idempotency.errors import IDEMPOTENCY_ERRORS
from app.http.metrics import ApiMetrics
from app.http.middleware import Gate
from app.http.openapi import Api
from app.interactions import endpoints as interactions
from app.interactions.errors import INTERACTION_ERRORS
from app.lifespan import lifespan_of
from app.logs import endpoints as logs
from app.logs.errors import LOG_ERRORS
from app.node_tests import endpoints as node_tests
from app.node_tests.errors import NODE_TEST_ERRORS
from app.runs import endpoints as runs
from app.runs.errors import RUN_ERRORS
from app.sync import endpoints as sync
from app.sync.errors import SYNC_ERRORS
from app.vault import endpoints as vault
from app.vault.errors import VAULT_ERRORS
from app.versions import endpoints as versions
from app.versions.errors import VERSION_ERRORS
from app.webhooks import endpoints as webhooks
from app.webhooks.errors import WEBHOOK_ERRORS
from app.workflows import endpoints as workflows
from app.workflows.errors import WORKFLOW_ERRORS

ROUTERS: tuple[APIRouter, ...] = (
    workflows.router,
    components.router,
    versions.router,
    runs.router,
    sync.router,
    logs.router,
    vault.router,
    webhooks.router,
    events.router,
    interactions.router,
    node_tests.router,
    authorizations.router,
    audit.router,
    health.router,
    pages.router,
)
PUBLIC_ENDPOINTS: frozenset[Callable[..., object]] = frozenset(
    {
        health.check_live,
        health.check_ready,
        pages.index,
        pages.errors,
        pages.explorer,
        pages.guide,
        pages.asset,
        pages.openapi,
        webhooks.receive_webhook,  # the token in its path is the credential
        webhooks.answer_challenge,  # the same
        interactions.show_interaction,  # the token in its path is the credential
        interactions.answer_interaction,  # the same
        authorizations.complete_sign_in,  # the state in its query is
    }
)
ERROR_KINDS: tuple[type[VirgaError], ...] = (
    *GENERAL_ERRORS,
    *IDEMPOTENCY_ERRORS,
    *AUTH_ERRORS,
    *WORKFLOW_ERRORS,
    *VERSION_ERRORS,
    *RUN_ERRORS,
    *SYNC_ERRORS,
    *LOG_ERRORS,
    *WEBHOOK_ERRORS,
    *VAULT_ERRORS,
    *AUTHORIZATION_ERRORS,
    *EVENT_ERRORS,
    *INTERACTION_ERRORS,
    *NODE_TEST_ERRORS,
    *AUDIT_ERRORS,
)


def create_app(settings: Settings) -> Api:
    """Return the application. Nothing is opened before its lifespan begins."""
    registry = new_registry()
    answers = ErrorAnswers(settings.public_url)
    app = Api(
        title="Virga",
        summary="A self-hosted server for the Altostrat Workflows API",
        version=version("virga"),
        openapi_url=None,  # served by app.http.pages, as a route like any other
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        strict_content_type=False,
        lifespan=lifespan_of(settings, registry),
        generate_unique_id_function=_operation_id,
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.state.error_kinds = ERROR_KINDS
    app.state.metrics = ApiMetrics(registry)
    install(app, answers)
    app.add_middleware(Gate, answers=answers, body_bytes=settings.body_bytes, observer=app.state.metrics)
    if settings.cors.origins:
        app.add_middleware(
            Cors, origins=checked_origins(settings.cors.origins)
        )  # outside of the gate, which answers too
    for router in ROUTERS:
        app.include_router(router)
    return app


def _operation_id(route: APIRoute) -> str:
    return route.name
