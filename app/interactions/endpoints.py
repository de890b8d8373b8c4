"""The public routes of forms."""

from fastapi import APIRouter, Response

from app.http.openapi import documented
from app.http.openapi_examples import answered
from app.interactions import examples
from app.interactions.deps import (
    AnswerSent,
    InteractionRoute,
    Interactions,
    InteractionToken,
    PresenterDep,
    Sender,
)
from app.interactions.schemas import Interaction, InteractionAccepted
from app.runs.form_tokens import PATH

PREFIX = "/workflows"
INTERACTION = f"{PATH.removeprefix(PREFIX)}/{{token}}"

router = APIRouter(prefix=PREFIX, tags=["Interactions"], route_class=InteractionRoute)


@router.get(
    INTERACTION,
    response_model=Interaction,
    summary="Open a form",
    responses={
        200: answered("The form; a page, where `Accept` names `text/html`.", examples.OPEN, page=True),
        **documented(examples.NOT_FOUND, examples.CLOSED, examples.RATE_LIMITED),
    },
)
async def show_interaction(interactions: Interactions, presenter: PresenterDep, token: InteractionToken) -> Response:
    """Return what a run asks a person. The address is the only credential; a run shows its own as `interactions`."""
    return presenter.show(await interactions.show(token))


@router.post(
    INTERACTION,
    response_model=InteractionAccepted | Interaction,
    summary="Answer a form",
    openapi_extra={"requestBody": examples.BODY},
    responses={
        200: answered("The answer counts; with `preview`, the form.", examples.ACCEPTED, page=True),
        **documented(examples.NOT_FOUND, examples.CLOSED, examples.RATE_LIMITED),
    },
)
async def answer_interaction(
    interactions: Interactions,
    presenter: PresenterDep,
    token: InteractionToken,
    given: AnswerSent,
    sender: Sender,
) -> Response:
    """Answer a form, once: the run goes on with it. Every fault of an answer is named at once.

    Whoever sends a token of the run's organization besides is named in the answer as `submitted_by`.
    """
    return presenter.show(await interactions.answer(token, given, sender))
