"""Calls an operation of a SOAP service, as its WSDL describes it."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from app.core.json import JsonObject, JsonValue
from app.graph.context import NodeContext
from app.graph.errors import PermanentError, StepError
from app.graph.http_auth import BasicAuth, BearerAuth, HeaderAuth
from app.graph.http_request import check_url
from app.graph.kinds import shown
from app.graph.node import Action, ActionSettings
from app.graph.outcome import Outcome, Success
from app.graph.ports import SoapCall, SoapToken
from app.graph.shapes import ObjectTemplate
from app.graph.template import SECRET_CAPABLE, SecretText, TextTemplate, ValueTemplate

MOST_WSDL_CHARACTERS = 1_000_000
_FAILED = "SOAP call failed: "
_ANSWER_FACTOR = 4  # XML is that much longer than the JSON that it becomes
_Secret = Annotated[SecretText, SECRET_CAPABLE]


class UsernameTokenAuth(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, arbitrary_types_allowed=True)

    type: Literal["wsse"] = Field(description="A user name and a password in the envelope, by WS-Security.")
    username: _Secret = Field(description="The user name.")
    password: _Secret = Field(description="The password, usually {{ vault.name }} or the id of a vault item (vlt_…).")
    digest: bool = Field(default=False, description="Whether a digest is sent in place of the password.")


SoapAuth = Annotated[BasicAuth | BearerAuth | HeaderAuth | UsernameTokenAuth, Field(discriminator="type")]


class SoapSettings(ActionSettings):
    wsdl: TextTemplate = Field(description="Where the service's WSDL is, or its text.")
    operation: TextTemplate = Field(description="The operation's name, as in the WSDL.")
    payload: ObjectTemplate = Field(
        default=ValueTemplate({}),
        description="The operation's parameters, an object: names as in the WSDL, lists for what repeats.",
    )
    auth: SoapAuth | None = Field(default=None, description="Credentials to send, usually from the vault.")

    @field_validator("wsdl")
    @classmethod
    def _is_a_place(cls, wsdl: TextTemplate) -> TextTemplate:
        if wsdl.is_static:
            _checked_wsdl(str(wsdl.source))
        return wsdl

    @field_validator("operation")
    @classmethod
    def _is_named(cls, operation: TextTemplate) -> TextTemplate:
        if operation.is_static:
            _checked_operation(str(operation.source))
        return operation

    @field_validator("payload")
    @classmethod
    def _is_an_object(cls, payload: ValueTemplate) -> ValueTemplate:
        if payload.is_static:
            _checked_payload(payload.source)
        return payload


class Soap(Action):
    component_id = "soap"
    settings_type = SoapSettings
    outputs: ClassVar[Mapping[str, str]] = {
        "body": (
            "The answer's body: dates as ISO 8601, bytes as base64, decimals as texts."
            " Where it has a single element, its value alone."
        ),
    }
    example: ClassVar[JsonObject] = {
        "wsdl": "https://example.com/orders?wsdl",
        "operation": "GetOrder",
        "payload": {"number": "{{ trigger.context.number }}"},
    }

    def __init__(self, node_id: str, settings: SoapSettings) -> None:
        super().__init__(node_id, settings)
        self.settings = settings

    @property
    def has_effect(self) -> bool:
        return True

    async def run(self, ctx: NodeContext) -> Outcome:
        """Call. Raises `TemporaryError` for lost connections, 5xx and faults that may pass, else `PermanentError`."""
        try:
            call = await self._call(ctx)
        except ValueError as error:
            raise PermanentError(_FAILED + str(error)) from None
        try:
            return Success({"body": await ctx.outside.soap.call(call)})
        except StepError as error:
            raise error.behind(_FAILED) from error

    async def _call(self, ctx: NodeContext) -> SoapCall:
        settings, auth = self.settings, self.settings.auth
        token, credentials = None, None
        if isinstance(auth, UsernameTokenAuth):
            username, password = await ctx.render_secret(auth.username), await ctx.render_secret(auth.password)
            token = SoapToken(username, password, digest=auth.digest)
        elif auth:
            credentials = await auth.header(ctx)
        return SoapCall(
            wsdl=_checked_wsdl(await ctx.render(settings.wsdl)),
            operation=_checked_operation(await ctx.render(settings.operation)),
            payload=_checked_payload(await ctx.render(settings.payload)),
            credentials=credentials,
            token=token,
            idempotency_key=ctx.idempotency_key,
            timeout_seconds=ctx.timeout_seconds,
            max_bytes=ctx.output_bytes * _ANSWER_FACTOR,
        )


def _checked_wsdl(text: str) -> str:
    """Return an address, or the text of a WSDL. Raises `ValueError`."""
    stripped = text.strip()
    if not stripped.startswith("<"):
        return check_url(stripped)
    if len(stripped) > MOST_WSDL_CHARACTERS:
        raise ValueError(f"The WSDL has {len(stripped)} characters; it may have {MOST_WSDL_CHARACTERS}.")
    return stripped


def _checked_operation(text: str) -> str:
    if not text.strip():
        raise ValueError("The operation has no name.")
    return text.strip()


def _checked_payload(value: JsonValue) -> JsonObject:
    if value is None:
        return {}
    if isinstance(value, Mapping):
        return value
    raise ValueError(f'"payload" must be an object; it is {shown(value)}.')
