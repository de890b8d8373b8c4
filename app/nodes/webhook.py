"""Calls another system over HTTP."""

from importlib.metadata import version
from typing import Annotated, ClassVar

from pydantic import Field, ValidationInfo, field_validator

from app.core.json import JsonObject
from app.graph.context import NodeContext
from app.graph.errors import PermanentError, StepError
from app.graph.http_answer import ANSWER_OUTPUTS, ExpectedStatus, ResponseForm, judged
from app.graph.http_auth import Auth
from app.graph.http_request import (
    MAX_HEADERS,
    MAX_PARAMETERS,
    Headers,
    Method,
    SecretQuery,
    check_body,
    check_url,
    content_of,
    or_object,
    safe_header,
    with_query,
)
from app.graph.node import Action, ActionSettings
from app.graph.outcome import Outcome, Success
from app.graph.ports import HttpCall
from app.graph.template import SECRET_CAPABLE, BodyTemplate, TextTemplate

_FAILED = "Webhook request failed: "
_USER_AGENT = f"Virga/{version('virga')}"


class WebhookSettings(ActionSettings):
    method: Method = Field(default="POST", description="The request's method.")
    url: Annotated[TextTemplate, SECRET_CAPABLE] = Field(description="Where the request goes.")
    headers: Headers = Field(
        default=(),
        max_length=MAX_HEADERS,
        description="A list of {key, value}, or an object.",
        json_schema_extra=or_object,
    )
    query: SecretQuery = Field(
        default=(),
        max_length=MAX_PARAMETERS,
        description="Added to the URL: a list of {key, value}, or an object.",
        json_schema_extra=or_object,
    )
    body: Annotated[BodyTemplate | None, SECRET_CAPABLE] = Field(
        default=None, description="An object or list, or a text, which may be JSON. Not for GET and DELETE."
    )
    auth: Auth | None = Field(default=None, description="Credentials to send, usually from the vault.")
    expected_status: ExpectedStatus = Field(
        default=("2xx",),
        description="Statuses that count as a success, such as 2xx and 404.",
        json_schema_extra={"items": {"type": ["string", "integer"]}},
    )
    follow_redirects: bool = Field(default=False, description="Whether to go where a redirect points.")
    response: ResponseForm = Field(default="auto", description="The form in which the answer's body is put out.")

    @field_validator("url")
    @classmethod
    def _is_a_url(cls, url: TextTemplate) -> TextTemplate:
        if url.is_static:
            check_url(str(url.source))
        return url

    @field_validator("body")
    @classmethod
    def _has_its_place(cls, body: BodyTemplate | None, info: ValidationInfo) -> BodyTemplate | None:
        return check_body(body, info.data.get("method"))

    @field_validator("auth")
    @classmethod
    def _is_not_set_twice(cls, auth: Auth | None, info: ValidationInfo) -> Auth | None:
        given = {str(header.key.source).strip().lower() for header in info.data.get("headers", ())}
        if auth is not None and auth.header_name in given:
            raise ValueError(f'"auth" sends the header {auth.header_name}, which "headers" has too; keep one of them.')
        return auth


class Webhook(Action):
    component_id = "webhook"
    settings_type = WebhookSettings
    outputs = ANSWER_OUTPUTS
    example: ClassVar[JsonObject] = {
        "method": "POST",
        "url": "https://example.com/api/orders",
        "headers": [{"key": "X-Source", "value": "virga"}],
        "body": {"order_id": "{{ trigger.context.order_id }}"},
    }

    def __init__(self, node_id: str, settings: WebhookSettings) -> None:
        super().__init__(node_id, settings)
        self.settings = settings

    @property
    def has_effect(self) -> bool:
        return True

    async def run(self, ctx: NodeContext) -> Outcome:
        """Call. Raises `TemporaryError` for 408, 425, 429, 5xx and lost connections, else `PermanentError`."""
        call, settings = await self._call(ctx), self.settings
        try:
            answer = await ctx.outside.http.call(call)
            return Success(judged(answer, settings.response, settings.expected_status, ctx.now))
        except StepError as error:
            raise error.behind(_FAILED) from error

    async def _call(self, ctx: NodeContext) -> HttpCall:
        settings = self.settings
        try:
            url = check_url(await ctx.render_secret(settings.url))
        except ValueError as error:
            raise PermanentError(_FAILED + str(error)) from None
        query = [(await ctx.render(pair.key), await ctx.render_secret(pair.value)) for pair in settings.query]
        body, content_type = content_of(await ctx.render_secret(settings.body) if settings.body else None)
        return HttpCall(
            method=settings.method,
            url=with_query(url, query),
            headers=await self._headers(ctx, content_type),
            body=body,
            timeout_seconds=ctx.timeout_seconds,
            max_bytes=ctx.output_bytes,
            follow_redirects=settings.follow_redirects,
        )

    async def _headers(self, ctx: NodeContext, content_type: str | None) -> list[tuple[str, str]]:
        own = [
            ((await ctx.render(header.key)).strip(), safe_header(await ctx.render_secret(header.value)))
            for header in self.settings.headers
        ]
        credentials = await self.settings.auth.header(ctx) if self.settings.auth else None
        if credentials and credentials[0].lower() not in {name.lower() for name, _ in own}:
            own.append(credentials)
        given = {name.lower() for name, _ in own}
        defaults = (
            ("Content-Type", content_type),
            ("Idempotency-Key", ctx.idempotency_key),
            ("User-Agent", _USER_AGENT),
        )
        return own + [(name, value) for name, value in defaults if value and name.lower() not in given]
