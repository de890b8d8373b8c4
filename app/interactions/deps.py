"""What endpoints of forms work with. Each of them speaks HTML to browsers, and JSON to all others."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends, Path, Request
from pydantic import ValidationError
from starlette.datastructures import Headers
from starlette.responses import Response

from app.auth.callers import Caller
from app.auth.deps import known_caller
from app.core.errors import VirgaError
from app.core.json import JsonObject, JsonValue
from app.http.answer_headers import add_answer_headers
from app.http.deps import ResourcesDep
from app.http.error_answers import invalid_parameters
from app.http.media_types import HTML, JSON
from app.http.requests import FormRoute
from app.interactions.page import HEADERS, Page, form_page, problem_page, thanks_page
from app.interactions.schemas import InteractionAccepted, InteractionAnswer
from app.interactions.service import Accepted, InteractionService, View
from app.interactions.views import refusal, shown
from app.runs.form_tokens import FormTokens

_PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "Vary": "Accept"}

InteractionToken = Annotated[str, Path(alias="token", description="The secret at the end of the form's address.")]


def wants_page(headers: Headers) -> bool:
    """Say whether a browser asks: programs do not name HTML."""
    return HTML in headers.get("accept", "").lower()


class InteractionRoute(FormRoute):
    """Shows browsers a page, whatever went wrong; nothing of it is kept on the way or told to other sites."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the handler that reads the body."""
        handle = super().get_route_handler()

        async def handle_shown(request: Request) -> Response:
            add_answer_headers(request, _PRIVATE)
            try:
                return await handle(request)
            except VirgaError as error:
                if not wants_page(request.headers):
                    raise
                return _written(problem_page(error), error.headers)

        return handle_shown

    def nested(self, form: JsonObject) -> JsonValue:
        """Return what the page's form has sent as its JSON would be: `values.email` is a value by its field's name."""
        names = {name: name.removeprefix("values.") for name in form if name.startswith("values.")}
        values = {field: form[name] for name, field in names.items()}
        return {**{name: form[name] for name in form.keys() - names.keys()}, "values": values}


async def interaction_service(held: ResourcesDep) -> InteractionService:
    return InteractionService(
        lookups=held.lookups,
        engine=held.engine,
        doorbell=held.doorbell,
        clock=held.clock,
        tokens=FormTokens(held.keyring, held.settings.public_url),
        limiter=held.rate_limiter,
        per_minute=held.settings.rate_limit.per_form,
        answer_bytes=held.settings.limits.output_bytes,
    )


Interactions = Annotated[InteractionService, Depends(interaction_service)]
Sender = Annotated[Caller | None, Depends(known_caller)]


async def answer_sent(request: Request) -> InteractionAnswer:
    sent = await request.json() if await request.body() else {}
    try:
        return InteractionAnswer.model_validate(sent)
    except ValidationError as error:
        faults = [{**fault, "loc": ("body", *fault["loc"])} for fault in error.errors(include_url=False)]
        raise invalid_parameters(faults) from None


AnswerSent = Annotated[InteractionAnswer, Depends(answer_sent)]


class Presenter:
    """Writes what a service returns, as a page or as JSON."""

    def __init__(self, request: Request) -> None:
        self._wants_page = wants_page(request.headers)

    def show(self, result: View | Accepted) -> Response:
        """Return the answer. Raises `InvalidRequestError` for what was refused, where a program asks."""
        if self._wants_page:
            return _written(form_page(result) if isinstance(result, View) else thanks_page(result), {})
        if isinstance(result, Accepted):
            accepted = InteractionAccepted(button=result.button.id)
            return Response(accepted.model_dump_json(), media_type=JSON)
        if result.faults:
            raise refusal(result.faults)
        return Response(shown(result).model_dump_json(), media_type=JSON)


PresenterDep = Annotated[Presenter, Depends()]


def _written(page: Page, headers: dict[str, str]) -> Response:
    return Response(page.html, page.status, {**HEADERS, **headers}, HTML)
