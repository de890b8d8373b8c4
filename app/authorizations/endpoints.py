"""Routes of authorizations: list them, sign in for one, let one go."""

from fastapi import APIRouter, Response, status

from app.authorizations import examples
from app.authorizations.deps import AuthorizationId, Authorizations, EndOfSignIn, Reader, Writer
from app.authorizations.provider import CALLBACK_PATH
from app.authorizations.schemas import Authorization, SignIn
from app.http.openapi import documented
from app.http.openapi_examples import answered
from app.http.pages import page
from app.http.requests import JsonRoute

PREFIX = "/workflows"
AUTHORIZATION = "/authorization"

router = APIRouter(prefix=PREFIX, tags=["Authorizations"], route_class=JsonRoute)


@router.get(
    AUTHORIZATION,
    summary="List all authorizations",
    responses={200: answered("The authorizations.", [examples.AUTHORIZATION])},
)
async def list_authorizations(_: Reader, authorizations: Authorizations) -> list[Authorization]:
    """Return every account that workflows of your organization can act as, newest first. Never a token."""
    return await authorizations.list()


@router.post(
    AUTHORIZATION,
    summary="Begin to sign in",
    responses={200: answered("Where to sign in.", examples.SIGN_IN), **documented(examples.NOT_SET_UP)},
)
async def begin_sign_in(caller: Writer, authorizations: Authorizations) -> SignIn:
    """Return the address at the provider at which to sign in.

    The authorization is there once the provider has sent the browser back here; it belongs to your organization,
    whoever signs in. Signing in again with the same account renews it and keeps its id.
    """
    return await authorizations.begin(caller.subject)


@router.get(CALLBACK_PATH.removeprefix(PREFIX), include_in_schema=False)
async def complete_sign_in(end: EndOfSignIn) -> Response:
    """Show the browser whether the sign-in has worked."""
    shown = page(end.title, end.body, end.status)
    shown.headers["Cache-Control"] = "no-store"
    return shown


@router.delete(
    AUTHORIZATION + "/{authId}",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Let an authorization go",
    responses=documented(examples.NOT_FOUND, examples.IN_USE),
)
async def delete_authorization(_: Writer, authorizations: Authorizations, authorization_id: AuthorizationId) -> None:
    """Delete an authorization, and ask the provider to revoke what it has granted. It must be in no workflow."""
    await authorizations.delete(authorization_id)
