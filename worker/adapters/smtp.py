"""One conversation with a mail server, from its greeting to its answer to the message."""

import asyncio
import re
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import cast

from aiosmtplib import SMTP, SMTPAuthenticationError, SMTPDataError, SMTPException, SMTPHeloError, SMTPRecipientRefused
from aiosmtplib.protocol import normalize_message_line_endings

from app.graph.errors import PermanentError
from app.graph.ports import Mailing, RefusedRecipient
from app.outbound.dialling import Dialler
from app.outbound.transport import tls_context
from worker.adapters.smtp_failures import explain, too_slow, words

GOODBYE_SECONDS = 1.0  # for the server's answer to QUIT, which changes nothing any more

_LINE_WITH_DOT = re.compile(rb"(?m)^\.")
_HOST_NAME = re.compile(r"[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)+")
_GO_AHEAD, _NO_SUCH_MECHANISM = 354, 504


class Smtp:
    """Converses with servers. `tls` is for tests."""

    def __init__(self, tls: ssl.SSLContext | None) -> None:
        self._tls = tls or tls_context()

    async def send(self, mailing: Mailing, dialler: Dialler) -> Sequence[RefusedRecipient]:
        """Return who was refused. Raises `TemporaryError` and `PermanentError` as the port says."""
        host, seconds = mailing.server.host, mailing.timeout_seconds
        content = await asyncio.to_thread(_transparent, mailing.message)
        client: SMTP | None = None
        conversation: _Conversation | None = None
        try:
            async with asyncio.timeout(seconds):
                client = self._client(mailing, await dialler.dial(host, mailing.server.port))
                conversation = _Conversation(client, mailing)
                refused = await conversation.hold(content)
            await _say_goodbye(client)
        except TimeoutError:
            is_mute = conversation is not None and not conversation.has_begun
            raise too_slow(mailing.server, seconds, is_mute=is_mute) from None
        finally:
            _abort(client)
        return refused

    def _client(self, mailing: Mailing, dialled: socket.socket) -> SMTP:
        return SMTP(
            hostname=mailing.server.host.partition("%")[0].rstrip("."),  # as certificates have it
            sock=dialled,
            use_tls=mailing.server.security == "tls",
            start_tls=False,  # which is done here, step by step
            tls_context=self._tls,
            local_hostname=_own_name(dialled),
            timeout=None,  # there is one over the whole
        )


class _Conversation:
    """The steps of one. Each failure says what the server would not do."""

    def __init__(self, client: SMTP, mailing: Mailing) -> None:
        self._client = client
        self._mailing = mailing
        self._host = mailing.server.host
        self.has_begun = False  # the server has greeted us

    async def hold(self, content: bytes) -> list[RefusedRecipient]:
        await self._meet()
        if self._mailing.server.security == "starttls":
            await self._encrypt()
        if self._mailing.server.username is not None:
            await self._sign_in(self._mailing.server.username, self._mailing.server.password or "")
        await self._name_sender()
        refused = await self._name_recipients()
        if len(refused) < len(self._mailing.recipients):
            with self._step("refused the message"):
                await self._hand_over(content)
        return refused

    @contextmanager
    def _step(self, doing: str) -> Iterator[None]:
        try:
            yield
        except (SMTPException, OSError, ValueError) as error:
            raise explain(error, self._mailing.server, doing) from error

    async def _meet(self) -> None:
        with self._step("does not take mail"):
            await self._client.connect()
            self.has_begun = True
            await self._introduce()

    async def _introduce(self) -> None:
        try:
            await self._client.ehlo()
        except SMTPHeloError:
            if not self._client.is_connected:
                raise
            await self._client.helo()

    async def _encrypt(self) -> None:
        if not self._client.supports_extension("starttls"):
            raise PermanentError(
                f"{self._host} offers no STARTTLS; try the security tls with its port, which is often 465"
            )
        with self._step("refused STARTTLS"):
            await self._client.starttls()
            await self._introduce()

    async def _sign_in(self, username: str, password: str) -> None:
        credentials = username.encode("utf-8", "replace"), password.encode("utf-8", "replace")
        client = self._client
        # The simplest first: over TLS the others win nothing, and each wrong try counts against the account.
        ways = {"plain": client.auth_plain, "login": client.auth_login, "cram-md5": client.auth_crammd5}
        offered = [way for name, way in ways.items() if name in client.server_auth_methods]
        if not offered:
            raise PermanentError(f"{self._host} offers no way to sign in that is known here")
        with self._step("did not accept the user name and the password"):
            for way in offered[:-1]:
                try:
                    await way(*credentials)
                except SMTPAuthenticationError as error:
                    if error.code != _NO_SUCH_MECHANISM:
                        raise
                else:
                    return
            await offered[-1](*credentials)

    async def _name_sender(self) -> None:
        client, mailing = self._client, self._mailing
        options = ["SMTPUTF8"] if mailing.is_international else []
        if mailing.is_international and not client.supports_extension("smtputf8"):
            raise PermanentError(f"{self._host} takes no addresses with letters beyond ASCII before the @")
        if client.supports_extension("size"):
            self._check_size(client.esmtp_extensions["size"])
            options.append(f"SIZE={len(mailing.message)}")
        with self._step(f"refused the sender {mailing.sender}"):
            await client.mail(mailing.sender, options=options, encoding="utf-8")

    def _check_size(self, most: str) -> None:
        size = len(self._mailing.message)
        if most.isascii() and most.isdigit() and 0 < int(most) < size:
            raise PermanentError(
                f"the message is too large for {self._host}: it has {size:,} bytes of at most {int(most):,}"
            )

    async def _name_recipients(self) -> list[RefusedRecipient]:
        refused = []
        with self._step("does not take mail"):
            for address in self._mailing.recipients:
                try:
                    await self._client.rcpt(address, encoding="utf-8")
                except SMTPRecipientRefused as error:
                    refused.append(RefusedRecipient(address, error.code, words(error.message)))
        return refused

    async def _hand_over(self, content: bytes) -> None:
        """Send the message itself, which was made ready in a thread: libraries would do it on the event loop."""
        answer = await self._client.execute_command(b"DATA")
        protocol = self._client.protocol
        if answer.code != _GO_AHEAD or protocol is None:
            raise SMTPDataError(answer.code, answer.message)
        await self._mailing.departure.leave()
        protocol.write(content)
        answer = await protocol.read_response()
        if not 200 <= answer.code < 300:
            raise SMTPDataError(answer.code, answer.message)


def _transparent(message: bytes) -> bytes:
    """Return a message as it travels: its lines end in CRLF, those with a dot in front get another, a dot ends it."""
    return _LINE_WITH_DOT.sub(b"..", normalize_message_line_endings(message)) + b".\r\n"


def _own_name(dialled: socket.socket) -> str:
    """Return how we introduce ourselves: by the machine's full name, else by its address. No name server is asked."""
    name = socket.gethostname()
    if _HOST_NAME.fullmatch(name):
        return name
    address = str(dialled.getsockname()[0]).partition("%")[0]
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"


async def _say_goodbye(client: SMTP) -> None:
    """Take leave. Whatever comes of it, the message is the server's."""
    with suppress(SMTPException, OSError, ValueError):
        async with asyncio.timeout(GOODBYE_SECONDS):
            await client.quit()


def _abort(client: SMTP | None) -> None:
    """Let go of a connection that is still open, without waiting for a server that reads nothing."""
    if client is not None and client.transport is not None:
        cast("asyncio.WriteTransport", client.transport).abort()
        client.close()
