"""Calls the platform's API in the name of the workflow's authorization."""

from typing import Annotated, ClassVar

from pydantic import Field, ValidationInfo, field_validator

from app.core.json import JsonObject
from app.graph.context import NodeContext
from app.graph.errors import PermanentError, StepError
from app.graph.http_answer import ANSWER_OUTPUTS, ExpectedStatus, ResponseForm, judged
from app.graph.http_request import MAX_PARAMETERS, Method, Query, check_body, content_of, or_object, with_query
from app.graph.node import Action, ActionSettings
from app.graph.outcome import Outcome, Success
from app.graph.platform_path import check_endpoint
from app.graph.ports import HttpCall
from app.graph.template import SECRET_CAPABLE, BodyTemplate, TextTemplate

_FAILED = "Platform request failed: "


class AltostratApiSettings(ActionSettings):
    method: Method = Field(default="GET", description="The request's method.")
    endpoint: TextTemplate = Field(
        description="The path on the platform's API, such as /v1/sites. The host is the server's own setting."
    )
    query: Query = Field(
        default=(),
        max_length=MAX_PARAMETERS,
        description="Added to the endpoint: a list of {key, value}, or an object.",
        json_schema_extra=or_object,
    )
    body: Annotated[BodyTemplate | None, SECRET_CAPABLE] = Field(
        default=None, description="An object or list, or a text, which may be JSON. Not for GET and DELETE."
    )
    expected_status: ExpectedStatus = Field(
        default=("2xx",),
        description="Statuses that count as a success, such as 2xx and 404.",
        json_schema_extra={"items": {"type": ["string", "integer"]}},
    )
    response: ResponseForm = Field(default="auto", description="The form in which the answer's body is put out.")

    @field_validator("endpoint")
    @classmethod
    def _is_a_path(cls, endpoint: TextTemplate) -> TextTemplate:
        if endpoint.is_static:
            check_endpoint(str(endpoint.source))
        return endpoint

    @field_validator("body")
    @classmethod
    def _has_its_place(cls, body: BodyTemplate | None, info: ValidationInfo) -> BodyTemplate | None:
        return check_body(body, info.data.get("method"))


class AltostratApi(Action):
    component_id = "altostrat_api"
    settings_type = AltostratApiSettings
    needs_authorization = True
    outputs = ANSWER_OUTPUTS
    example: ClassVar[JsonObject] = {
        "method": "POST",
        "endpoint": "/v1/sites/{{ trigger.context.site_id }}/notes",
        "body": {"text": "Checked by {{ workflow.name }}."},
    }

    def __init__(self, node_id: str, settings: AltostratApiSettings) -> None:
        super().__init__(node_id, settings)
        self.settings = settings

    @property
    def has_effect(self) -> bool:
        return True

    async def run(self, ctx: NodeContext) -> Outcome:
        """Call. Raises `TemporaryError` for 408, 425, 429, 5xx and lost connections, else `PermanentError`."""
        call, settings = await self._call(ctx), self.settings
        try:
            answer = await ctx.outside.platform.call(call)
            return Success(judged(answer, settings.response, settings.expected_status, ctx.now))
        except StepError as error:
            raise error.behind(_FAILED) from error

    async def _call(self, ctx: NodeContext) -> HttpCall:
        settings = self.settings
        try:
            endpoint = check_endpoint(await ctx.render(settings.endpoint))
        except ValueError as error:
            raise PermanentError(_FAILED + str(error)) from None
        query = [(await ctx.render(pair.key), await ctx.render(pair.value)) for pair in settings.query]
        body, content_type = content_of(await ctx.render_secret(settings.body) if settings.body else None)
        headers = [("Accept", "application/json"), ("Idempotency-Key", ctx.idempotency_key)]
        return HttpCall(
            method=settings.method,
            url=with_query(endpoint, query),
            headers=[*headers, ("Content-Type", content_type)] if content_type else headers,
            body=body,
            timeout_seconds=ctx.timeout_seconds,
            max_bytes=ctx.output_bytes,
        )
