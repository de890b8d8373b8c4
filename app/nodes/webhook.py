"""Calls another system over HTTP."""

from importlib.metadata import version
from typing import ClassVar, Literal

from pydantic import Field, ValidationInfo, field_validator

from app.core.json import JsonObject, JsonValue
from app.graph.context import NodeContext
from app.graph.errors import PermanentError, TemporaryError
from app.graph.http_answer import (
    ExpectedStatus,
    ResponseForm,
    is_expected,
    is_temporary,
    output_of,
    pause_seconds,
    read_body,
    status_line,
)
from app.graph.http_request import Headers, Query, check_url, or_object, safe_header, with_query
from app.graph.node import Action, ActionSettings
from app.graph.outcome import Outcome, Success
from app.graph.ports import HttpAnswer, HttpCall
from app.graph.template import BodyTemplate, TextTemplate

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]

_WITHOUT_BODY = frozenset({"GET", "DELETE"})
_FAILED = "Webhook request failed: "
_USER_AGENT = f"Virga/{version('virga')}"


class WebhookSettings(ActionSettings):
    method: Method = Field(default="POST", description="The request's method.")
    url: TextTemplate = Field(description="Where the request goes.")
    headers: Headers = Field(
        default=(), description="A list of {key, value}, or an object.", json_schema_extra=or_object
    )
    query: Query = Field(
        default=(),
        description="Added to the URL: a list of {key, value}, or an object.",
        json_schema_extra=or_object,
    )
    body: BodyTemplate | None = Field(
        default=None, description="An object or list, or a text, which may be JSON. Not for GET and DELETE."
    )
    auth: None = Field(default=None, description="Credentials from the vault are not available in this version.")
    expected_status: ExpectedStatus = Field(
        default=("2xx",),
        description="Statuses that count as a success, such as 2xx and 404.",
        json_schema_extra={"items": {"type": ["string", "integer"]}},
    )
    follow_redirects: bool = Field(default=False, description="Whether to go where a redirect points.")
    response: ResponseForm = Field(default="auto", description="The form in which the answer's body is put out.")

    @field_validator("method", mode="before")
    @classmethod
    def _in_capitals(cls, method: JsonValue) -> JsonValue:
        return method.strip().upper() if isinstance(method, str) else method

    @field_validator("url")
    @classmethod
    def _is_a_url(cls, url: TextTemplate) -> TextTemplate:
        if url.is_static:
            check_url(str(url.source))
        return url

    @field_validator("body")
    @classmethod
    def _has_its_place(cls, body: BodyTemplate | None, info: ValidationInfo) -> BodyTemplate | None:
        takes_none = info.data.get("method") in _WITHOUT_BODY
        if body is None or body.source == "" or (takes_none and not body.source):
            return None
        if takes_none:
            raise ValueError(f'A {info.data["method"]} request has no body; leave "body" out or choose another method.')
        return body

    @field_validator("auth", mode="before")
    @classmethod
    def _not_yet(cls, auth: JsonValue) -> None:
        if auth is not None:
            raise ValueError('"auth" takes its values from the vault, which is not available in this version.')


class Webhook(Action):
    component_id = "webhook"
    settings_type = WebhookSettings
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
        call = await self._call(ctx)
        try:
            answer = await ctx.http.call(call)
        except TemporaryError as error:
            raise TemporaryError(_FAILED + error.message, error.output, error.delay_seconds) from error
        except PermanentError as error:
            raise PermanentError(_FAILED + error.message, error.output) from error
        return self._judged(answer, ctx)

    async def _call(self, ctx: NodeContext) -> HttpCall:
        settings = self.settings
        try:
            url = check_url(await ctx.render(settings.url))
        except ValueError as error:
            raise PermanentError(_FAILED + str(error)) from None
        query = [(await ctx.render(pair.key), await ctx.render(pair.value)) for pair in settings.query]
        rendered = await ctx.render(settings.body) if settings.body else None
        body = rendered.content if rendered and rendered.content else None
        content_type = "application/json" if rendered and rendered.is_json else "text/plain; charset=utf-8"
        return HttpCall(
            method=settings.method,
            url=with_query(url, query),
            headers=await self._headers(ctx, content_type if body else None),
            body=body,
            timeout_seconds=ctx.timeout_seconds,
            max_bytes=ctx.output_bytes,
            follow_redirects=settings.follow_redirects,
        )

    async def _headers(self, ctx: NodeContext, content_type: str | None) -> list[tuple[str, str]]:
        own = [
            ((await ctx.render(header.key)).strip(), safe_header(await ctx.render(header.value)))
            for header in self.settings.headers
        ]
        given = {name.lower() for name, _ in own}
        defaults = (
            ("Content-Type", content_type),
            ("Idempotency-Key", ctx.idempotency_key),
            ("User-Agent", _USER_AGENT),
        )
        return own + [(name, value) for name, value in defaults if value and name.lower() not in given]

    def _judged(self, answer: HttpAnswer, ctx: NodeContext) -> Outcome:
        settings = self.settings
        fault = None
        try:
            body = read_body(answer, settings.response)
        except ValueError:
            body, fault = read_body(answer, "auto"), "the answer is not JSON"
        output = output_of(answer, body)
        if not is_expected(answer.status, settings.expected_status):
            fault = status_line(answer)
            if is_temporary(answer.status):
                raise TemporaryError(_FAILED + fault, output, pause_seconds(answer, ctx.now))
        if fault:
            raise PermanentError(_FAILED + fault, output)
        return Success(output)
