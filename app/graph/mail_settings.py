"""What a mail node's author may write of a message: addresses, attachments, headers."""

import base64
import binascii
import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from app.graph.context import NodeContext
from app.graph.errors import PermanentError
from app.graph.http_request import as_pairs, check_header_name
from app.graph.letter import Attached
from app.graph.mailboxes import mailboxes_of, one_mailbox_of
from app.graph.ports import MailSecurity
from app.graph.shapes import TEXTS
from app.graph.template import TextTemplate, ValueTemplate

DEFAULT_PORTS: dict[MailSecurity, int] = {"none": 25, "starttls": 587, "tls": 465}

_NAME_CHARACTERS = 200  # of a header; lines are cut off at 998

_CONTENT_TYPE = re.compile(r"(?:application|audio|font|image|model|text|video)/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")
_TYPES = {
    "csv": "text/csv",
    "gif": "image/gif",
    "htm": "text/html",
    "html": "text/html",
    "ics": "text/calendar",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "json": "application/json",
    "md": "text/markdown",
    "pdf": "application/pdf",
    "png": "image/png",
    "txt": "text/plain",
    "xml": "application/xml",
    "zip": "application/zip",
}
_OWN = frozenset({"from", "to", "cc", "bcc", "reply-to", "subject", "date", "message-id", "mime-version"})
_OF_SERVERS = frozenset({"received", "return-path", "sender"})
_OWN_FAMILIES = ("content-", "resent-")


def _in_small_letters(security: object) -> object:
    return security.strip().lower() if isinstance(security, str) else security


def _addresses(value: ValueTemplate, info: ValidationInfo) -> ValueTemplate:
    if value.is_static:
        mailboxes_of(str(info.field_name), value.source)
    return value


def _sender(text: TextTemplate) -> TextTemplate:
    if text.is_static:
        one_mailbox_of("from", str(text.source))
    return text


Security = Annotated[MailSecurity, BeforeValidator(_in_small_letters)]
Addresses = Annotated[ValueTemplate, AfterValidator(_addresses), TEXTS]
Sender = Annotated[TextTemplate, AfterValidator(_sender)]


class Attachment(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, arbitrary_types_allowed=True)

    filename: TextTemplate = Field(description="The name that the file has in the message, such as report.pdf.")
    content: TextTemplate = Field(description="What is in the file: a text, or the base64 of any bytes.")
    encoding: Literal["text", "base64"] = Field(default="text", description="What the content is written as.")
    content_type: TextTemplate | None = Field(
        default=None, description="The file's type, such as application/pdf; guessed by its name if left out."
    )

    @field_validator("content_type")
    @classmethod
    def _is_a_type(cls, content_type: TextTemplate | None) -> TextTemplate | None:
        if content_type and content_type.is_static:
            _checked_type(str(content_type.source))
        return content_type

    async def render(self, ctx: NodeContext) -> Attached:
        """Return the file. Raises `PermanentError`."""
        filename, content = (await ctx.render(self.filename)).strip(), await ctx.render(self.content)
        content_type = await ctx.render(self.content_type) if self.content_type else ""
        if not filename:
            raise PermanentError("An attachment has an empty filename.")
        try:
            checked = _checked_type(content_type) if content_type.strip() else _guessed(filename, self.encoding)
            return Attached(filename, self._bytes(content), checked)
        except ValueError as error:
            raise PermanentError(f'The attachment "{filename[:60]}" cannot be sent: {error}') from None

    def _bytes(self, content: str) -> bytes:
        if self.encoding == "text":
            return content.encode("utf-8", "replace")
        try:
            return base64.b64decode("".join(content.split()), validate=True)
        except (binascii.Error, ValueError):
            raise ValueError('its content is not base64; set "encoding" to text for a plain text.') from None


class MailHeader(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, arbitrary_types_allowed=True)

    key: TextTemplate = Field(description="The header's name.")
    value: TextTemplate = Field(description="The header's value.")

    @field_validator("key")
    @classmethod
    def _is_a_name(cls, key: TextTemplate) -> TextTemplate:
        if key.is_static:
            check_mail_header(str(key.source))
        return key


MailHeaders = Annotated[tuple[MailHeader, ...], BeforeValidator(as_pairs)]


def check_mail_header(name: str) -> str:
    """Return the name of a header that an author may add. Raises `ValueError`."""
    checked = check_header_name(name[:_NAME_CHARACTERS])
    lower = checked.lower()
    if lower in _OWN | _OF_SERVERS or lower.startswith(_OWN_FAMILIES):
        raise ValueError(f'"headers" cannot have {lower}: the message gets it by itself, or should not have it.')
    return checked


def _checked_type(text: str) -> str:
    stripped = text.strip().lower()
    if _CONTENT_TYPE.fullmatch(stripped):
        return stripped
    raise ValueError(f'"{text[:60]}" is no content type: it should look like application/pdf.')


def _guessed(filename: str, encoding: str) -> str:
    other = "text/plain" if encoding == "text" else "application/octet-stream"
    return _TYPES.get(filename.rpartition(".")[2].lower(), other)
