"""Mail as nodes reach it: which servers may be dialled, and who may be told a password."""

import ssl
from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.graph.ports import Mailing, RefusedRecipient
from app.outbound.addresses import AddressPolicy, EgressPolicy
from app.outbound.dialling import Dialler, Resolve
from worker.adapters.loading import OnFirstUse

if TYPE_CHECKING:
    from worker.adapters.smtp import Smtp

_UNPROTECTED = (
    "a password is sent to {host} over TLS only, with the security starttls or tls; "
    "without it only to addresses in the ranges of VIRGA_EGRESS__ALLOW"
)


class GuardedMail:
    """Implements `app.graph.ports.Mail` under one policy. `resolve` and `tls` are for tests."""

    def __init__(
        self, policy: EgressPolicy, *, resolve: Resolve | None = None, tls: ssl.SSLContext | None = None
    ) -> None:
        self._dialler = Dialler(policy.https, resolve)
        self._confidant = Dialler(AddressPolicy(policy.http.admits, _UNPROTECTED), resolve)
        self._smtp: OnFirstUse[Smtp] = OnFirstUse("worker.adapters.smtp", "Smtp", tls)

    async def send(self, mailing: Mailing) -> Sequence[RefusedRecipient]:
        """See the port."""
        server = mailing.server
        tells_in_the_clear = server.security == "none" and server.password is not None
        smtp = await self._smtp.get()
        return await smtp.send(mailing, self._confidant if tells_in_the_clear else self._dialler)
