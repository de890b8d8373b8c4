"""The public routes of webhooks."""

from collections.abc import Mapping

from fastapi import APIRouter, status
from starlette.responses import PlainTextResponse, Response

from app.http.idempotency.deps import OnceDep
from app.http.idempotency.errors import IDEMPOTENCY_REFUSALS
from app.http.media_types import JSON, TEXT
from app.http.openapi import documented
from app.http.openapi_examples import answered
from app.http.requests import AnyTextRoute
from app.runs.examples import INACTIVE
from app.webhooks import examples
from app.webhooks.deps import Call, GreetingDep, Webhooks, WebhookToken
from app.webhooks.schemas import ChallengeAnswer, WebhookAccepted

WEBHOOK = "/webhooks/{webhookToken}"

router = APIRouter(prefix="/workflows", tags=["Webhooks"], route_class=AnyTextRoute)


@router.post(
    WEBHOOK,
    status_code=status.HTTP_202_ACCEPTED,
    response_model=WebhookAccepted,
    summary="Call a webhook",
    openapi_extra={"requestBody": examples.ANY_BODY},
    responses={
        200: {
            "description": "A handshake that the trigger's `challenge` expects: Slack's, or Microsoft Graph's (text).",
            "model": ChallengeAnswer,
            "content": {TEXT: examples.ECHO},
        },
        202: answered("The run that was started.", examples.ACCEPTED, replayed=True),
        **documented(
            examples.NOT_FOUND,
            examples.SIGNATURE_INVALID,
            examples.RATE_LIMITED,
            INACTIVE,
            *IDEMPOTENCY_REFUSALS,
        ),
    },
)
async def receive_webhook(
    webhooks: Webhooks, token: WebhookToken, call: Call, once: OnceDep, response: Response
) -> Response:
    """Start the workflow that listens at this address with what you send.

    The address is the only credential, unless the workflow's trigger asks for a signature.
    """
    return _written(await webhooks.receive(token, call, once), response.headers)


@router.get(
    WEBHOOK,
    response_class=Response,
    summary="Answer a handshake",
    responses={
        200: {"description": "The challenge, as it was sent.", "content": {TEXT: examples.ECHO}},
        **documented(examples.NOT_FOUND, examples.SIGNATURE_INVALID, examples.RATE_LIMITED),
    },
)
async def answer_challenge(webhooks: Webhooks, token: WebhookToken, greeting: GreetingDep) -> Response:
    """Answer what Meta and Microsoft Graph ask when the address is registered with them. No run is started.

    Only where the workflow's trigger names the service as its `challenge`.
    """
    return _written(await webhooks.answer(token, greeting), {})


def _written(answer: WebhookAccepted | ChallengeAnswer | str, headers: Mapping[str, str]) -> Response:
    """Write an answer, with what else the headers are to say: FastAPI adds them only to those that it writes itself."""
    if isinstance(answer, str):
        return PlainTextResponse(answer, headers=headers)
    accepted = isinstance(answer, WebhookAccepted)
    return Response(answer.model_dump_json(), 202 if accepted else 200, headers, media_type=JSON)
