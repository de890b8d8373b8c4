"""Ways out of a step whose effects happen only while its worker's lease holds: each learns whom to ask."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

from app.graph.ports import (
    Channels,
    Departure,
    Http,
    HttpAnswer,
    HttpCall,
    Mail,
    Mailing,
    Notification,
    RefusedRecipient,
    Ssh,
    SshSession,
    SshTarget,
    VaultWriter,
)


class GatedHttp:
    """Implements `Http`, and `Platform`."""

    def __init__(self, http: Http, departure: Departure) -> None:
        self._http = http
        self._departure = departure

    async def call(self, call: HttpCall) -> HttpAnswer:
        """See `Http.call`."""
        return await self._http.call(replace(call, departure=self._departure))


class GatedMail:
    def __init__(self, mail: Mail, departure: Departure) -> None:
        self._mail = mail
        self._departure = departure

    async def send(self, mailing: Mailing) -> Sequence[RefusedRecipient]:
        """See `Mail.send`."""
        return await self._mail.send(replace(mailing, departure=self._departure))


class GatedChannels:
    def __init__(self, channels: Channels, departure: Departure) -> None:
        self._channels = channels
        self._departure = departure

    async def deliver(self, notification: Notification) -> None:
        """See `Channels.deliver`."""
        await self._channels.deliver(replace(notification, departure=self._departure))


class GatedSsh:
    def __init__(self, ssh: Ssh, departure: Departure) -> None:
        self._ssh = ssh
        self._departure = departure

    def connect(self, target: SshTarget) -> AbstractAsyncContextManager[SshSession]:
        """See `Ssh.connect`."""
        return self._ssh.connect(replace(target, departure=self._departure))


class GatedVault:
    def __init__(self, vault: VaultWriter, departure: Departure) -> None:
        self._vault = vault
        self._departure = departure

    async def store(self, name: str, secret: str) -> str:
        """See `VaultWriter.store`."""
        await self._departure.leave()
        return await self._vault.store(name, secret)
