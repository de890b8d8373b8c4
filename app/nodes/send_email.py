"""Sends a message by an SMTP server."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field, ValidationInfo, field_validator

from app.core.json import JsonObject
from app.graph.context import NodeContext
from app.graph.delivery import delivered
from app.graph.errors import PermanentError, StepError
from app.graph.http_request import or_object
from app.graph.letter import Letter
from app.graph.mail_settings import (
    DEFAULT_PORTS,
    Addresses,
    Attachment,
    MailHeaders,
    Security,
    Sender,
    check_mail_header,
)
from app.graph.mailboxes import MOST, Mailbox, mailboxes_of, one_mailbox_of
from app.graph.node import Action, ActionSettings
from app.graph.outcome import Outcome, Success
from app.graph.port_number import Port, port_of
from app.graph.ports import Mailing, MailServer
from app.graph.template import SECRET_CAPABLE, SecretText, TextTemplate, ValueTemplate

_NOBODY = '"to" names nobody; give at least one address.'
_FAILED = "The e-mail was not sent: "


class SendEmailSettings(ActionSettings):
    host: TextTemplate = Field(description="The SMTP server's name or address.")
    port: Port | None = Field(
        default=None, description="Its port; 587 for starttls, 465 for tls, 25 for none if left out."
    )
    security: Security = Field(
        default="starttls", description="How the connection is encrypted: starttls, tls from the beginning, or none."
    )
    username: Annotated[SecretText | None, SECRET_CAPABLE] = Field(
        default=None, description="The user name to sign in with; left out, nobody signs in."
    )
    password: Annotated[SecretText | None, SECRET_CAPABLE] = Field(
        default=None,
        validate_default=True,
        description="The password, usually {{ vault.name }} or the id of a vault item (vlt_…).",
    )
    sender: Sender = Field(alias="from", description="Who it is from: an address, or Name <address>.")
    to: Addresses = Field(description="Whom it is to: addresses with commas between them, or a list.")
    cc: Addresses | None = Field(default=None, description="Who gets a copy: addresses with commas, or a list.")
    bcc: Addresses | None = Field(default=None, description="Who gets a copy that nobody else sees.")
    reply_to: Addresses | None = Field(default=None, description="Where answers go, if not to the sender.")
    subject: TextTemplate = Field(description="The subject.")
    text: TextTemplate | None = Field(default=None, description="The message as plain text.")
    html: TextTemplate | None = Field(
        default=None, validate_default=True, description="The message as HTML; beside text, its other form."
    )
    attachments: tuple[Attachment, ...] = Field(default=(), max_length=20, description="Files to send along.")
    headers: MailHeaders = Field(
        default=(),
        max_length=50,
        description="Further headers: a list of {key, value}, or an object.",
        json_schema_extra=or_object,
    )

    @field_validator("host")
    @classmethod
    def _is_given(cls, host: TextTemplate) -> TextTemplate:
        if host.is_static and not str(host.source).strip():
            raise ValueError('"host" is empty; it should look like mail.example.com.')
        return host

    @field_validator("attachments", mode="before")
    @classmethod
    def _may_be_null(cls, attachments: object) -> object:
        return () if attachments is None else attachments

    @field_validator("password")
    @classmethod
    def _comes_with_a_name(cls, password: SecretText | None, info: ValidationInfo) -> SecretText | None:
        if (password is None) != (info.data.get("username") is None) and "username" in info.data:
            raise ValueError('"username" and "password" belong together; give both of them or neither.')
        return password

    @field_validator("to")
    @classmethod
    def _names_somebody(cls, to: ValueTemplate) -> ValueTemplate:
        if to.is_static and not mailboxes_of("to", to.source):
            raise ValueError(_NOBODY)
        return to

    @field_validator("html")
    @classmethod
    def _says_something(cls, html: TextTemplate | None, info: ValidationInfo) -> TextTemplate | None:
        if html is None and info.data.get("text", html) is None and "text" in info.data:
            raise ValueError('"text" or "html" is required; both together are two forms of one message.')
        return html


class SendEmail(Action):
    component_id = "send_email"
    settings_type = SendEmailSettings
    outputs: ClassVar[Mapping[str, str]] = {
        "message_id": "The id that the message carries.",
        "accepted": "The recipients that the server took.",
        "rejected": "Those that it refused, each with its `address`, the `code` of the answer and its `message`.",
    }
    example: ClassVar[JsonObject] = {
        "host": "mail.example.com",
        "security": "starttls",
        "username": "virga",
        "password": '{{ vault["mail password"] }}',
        "from": "Virga <virga@example.com>",
        "to": "{{ trigger.context.email }}",
        "subject": "Order {{ trigger.context.order_id }}",
        "text": "Your order is on its way.",
    }

    def __init__(self, node_id: str, settings: SendEmailSettings) -> None:
        super().__init__(node_id, settings)
        self.settings = settings

    @property
    def has_effect(self) -> bool:
        return True

    async def run(self, ctx: NodeContext) -> Outcome:
        """Send. Raises `TemporaryError` for lost connections and 4xx answers, else `PermanentError`."""
        try:
            letter = await self._letter(ctx)
            mailing = Mailing(
                server=await self._server(ctx),
                sender=letter.sender.address,
                recipients=letter.recipients,
                message=await asyncio.to_thread(letter.written),
                is_international=letter.is_international,
                timeout_seconds=ctx.timeout_seconds,
            )
            refused = await ctx.outside.mail.send(mailing)
            return Success({"message_id": letter.message_id, **delivered(mailing, refused)})
        except ValueError as error:
            raise PermanentError(_FAILED + str(error)) from None
        except StepError as error:
            raise error.behind(_FAILED) from error

    async def _server(self, ctx: NodeContext) -> MailServer:
        settings = self.settings
        port = port_of(await ctx.render(settings.port)) if settings.port else DEFAULT_PORTS[settings.security]
        host = (await ctx.render(settings.host)).strip()
        if not settings.username or not settings.password:
            return MailServer(host, port, settings.security)
        username, password = await ctx.render_secret(settings.username), await ctx.render_secret(settings.password)
        if not username or not password:
            raise PermanentError("the user name or the password is empty.")
        return MailServer(host, port, settings.security, username, password)

    async def _letter(self, ctx: NodeContext) -> Letter:
        settings = self.settings
        letter = Letter(
            sender=one_mailbox_of("from", await ctx.render(settings.sender)),
            to=await _mailboxes(ctx, "to", settings.to),
            cc=await _mailboxes(ctx, "cc", settings.cc),
            bcc=await _mailboxes(ctx, "bcc", settings.bcc),
            reply_to=await _mailboxes(ctx, "reply_to", settings.reply_to),
            subject=await ctx.render(settings.subject),
            text=await ctx.render(settings.text) if settings.text else None,
            html=await ctx.render(settings.html) if settings.html else None,
            attachments=[await attachment.render(ctx) for attachment in settings.attachments],
            headers=[
                (check_mail_header(await ctx.render(header.key)), await ctx.render(header.value))
                for header in settings.headers
            ],
            key=ctx.idempotency_key,
            sent_at=ctx.now,
        )
        if not letter.to:
            raise PermanentError(_NOBODY)
        if len(letter.recipients) > MOST:
            raise PermanentError(f"A message can have {MOST} recipients at most; this has {len(letter.recipients)}.")
        return letter


async def _mailboxes(ctx: NodeContext, setting: str, template: ValueTemplate | None) -> list[Mailbox]:
    return mailboxes_of(setting, await ctx.render(template) if template else None)
