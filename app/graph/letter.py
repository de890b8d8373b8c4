"""A message of mail: from its parts to the bytes that a server is given, the same ones in every attempt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import (
    Address,
    BaseHeader,
    ContentDispositionHeader,
    ContentTransferEncodingHeader,
    ContentTypeHeader,
    HeaderRegistry,
    MessageIDHeader,
    MIMEVersionHeader,
    UniqueAddressHeader,
    UniqueDateHeader,
    UniqueUnstructuredHeader,
    UnstructuredHeader,
)
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy, Policy
from hashlib import sha256
from typing import Any

from app.graph.foreign import repair_text
from app.graph.mailboxes import Mailbox, one_line

MAX_BYTES = 10 * 1_048_576  # what most servers take; a message is in memory as a whole

_LINE = 990  # characters of a header that is not folded: servers cut lines off at 998


@dataclass(frozen=True, slots=True)
class Attached:
    filename: str
    content: bytes
    content_type: str  # such as application/pdf


@dataclass(frozen=True, slots=True)
class Letter:
    """What a message says and who sees it. `key` is what makes its Message-ID."""

    sender: Mailbox
    to: Sequence[Mailbox]
    subject: str
    key: str
    sent_at: datetime
    cc: Sequence[Mailbox] = ()
    bcc: Sequence[Mailbox] = ()  # get it, and stand nowhere in it
    reply_to: Sequence[Mailbox] = ()
    text: str | None = None
    html: str | None = None
    attachments: Sequence[Attached] = ()
    headers: Sequence[tuple[str, str]] = ()

    @property
    def recipients(self) -> list[str]:
        return list(dict.fromkeys(mailbox.address for mailbox in (*self.to, *self.cc, *self.bcc)))

    @property
    def message_id(self) -> str:
        return f"<{self._digest[:40]}@{self.sender.domain}>"

    @property
    def _digest(self) -> str:
        return sha256(self.key.encode()).hexdigest()

    @property
    def is_international(self) -> bool:
        everybody = (self.sender, *self.to, *self.cc, *self.bcc, *self.reply_to)
        return not all(mailbox.local.isascii() for mailbox in everybody)

    def written(self) -> bytes:
        """Return the message. It may take a tenth of a second. Raises `ValueError` for one that is too large."""
        message = EmailMessage(_policy(self.is_international))
        self._write_headers(message)
        self._write_body(message)
        for attached in self.attachments:
            _attach(message, attached)
        self._fix_boundaries(message)
        written = message.as_bytes()
        if len(written) > MAX_BYTES:
            raise ValueError(f"The message has {len(written):,} bytes; it may have {MAX_BYTES:,}.")
        return written

    def _write_headers(self, message: EmailMessage) -> None:
        for name, mailboxes in (
            ("From", [self.sender]),
            ("To", self.to),
            ("Cc", self.cc),
            ("Reply-To", self.reply_to),
        ):
            if mailboxes:
                message[name] = [Address(each.name, each.local, each.domain) for each in mailboxes]
        message["Subject"] = one_line(self.subject)
        message["Date"] = self.sent_at
        message["Message-ID"] = self.message_id
        for name, value in self.headers:
            message[name] = one_line(value)

    def _write_body(self, message: EmailMessage) -> None:
        if self.html is None or self.text is not None:
            message.set_content(repair_text(self.text or ""))
        if self.html is not None and self.text is not None:
            message.add_alternative(repair_text(self.html), subtype="html")
        elif self.html is not None:
            message.set_content(repair_text(self.html), subtype="html")

    def _fix_boundaries(self, message: EmailMessage) -> None:
        """Part the message by lines that are the same in every attempt, and that what is sent cannot foresee."""
        for number, part in enumerate(part for part in message.walk() if part.is_multipart()):
            part.set_boundary(f"=_{self._digest[40:]}_{number}")


class _Unfolded(UnstructuredHeader, BaseHeader):
    """A header of the author's own. One that fits on a line stays on it: the URLs in some must not be encoded."""

    def fold(self, *, policy: Policy) -> str:
        line = f"{self.name}: {self}"
        return f"{line}{policy.linesep}" if line.isascii() and len(line) <= _LINE else super().fold(policy=policy)


class _Addresses(UniqueAddressHeader, BaseHeader):  # type: ignore[misc] # as the registry puts them together
    """Addresses, each on lines of its own: where one line breaks, the library may take the next comma for text."""

    def fold(self, *, policy: Policy) -> str:
        if len(self.addresses) < 2:
            return super().fold(policy=policy)
        alone = (type(self)(self.name, [address]) for address in self.addresses)
        begun = f"{self.name}: "
        folded = (one.fold(policy=policy).removeprefix(begun).removesuffix(policy.linesep) for one in alone)
        return f"{begun}{f',{policy.linesep} '.join(folded)}{policy.linesep}"


_HEADERS: Mapping[str, type[Any]] = {  # typed by the registry as what it makes of them
    **dict.fromkeys(("from", "to", "cc", "reply-to"), _Addresses),
    "subject": UniqueUnstructuredHeader,
    "date": UniqueDateHeader,
    "message-id": MessageIDHeader,
    "mime-version": MIMEVersionHeader,
    "content-type": ContentTypeHeader,
    "content-transfer-encoding": ContentTransferEncodingHeader,
    "content-disposition": ContentDispositionHeader,
}


def _policy(is_international: bool) -> "EmailPolicy[EmailMessage]":  # noqa: FBT001 -- the one thing that policies differ in here
    registry = HeaderRegistry(default_class=_Unfolded, use_default_map=False)
    for name, kind in _HEADERS.items():
        registry.map_to_type(name, kind)
    return SMTP.clone(cte_type="7bit", utf8=is_international, header_factory=registry)


def _attach(message: EmailMessage, attached: Attached) -> None:
    kind, _, subtype = attached.content_type.partition("/")
    message.add_attachment(
        attached.content,
        maintype=kind,
        subtype=subtype,
        filename=one_line(attached.filename),
        params={"charset": "utf-8"} if kind == "text" else None,
    )
