"""Which SSH host a step connects to, who logs in there, and how the two know each other."""

from typing import Annotated

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator

from app.graph.context import NodeContext
from app.graph.errors import PermanentError
from app.graph.foreign import repair_text
from app.graph.kinds import shown
from app.graph.node import ActionSettings
from app.graph.port_number import Port, port_of
from app.graph.ports import SshTarget
from app.graph.ssh_host_key import HostKey
from app.graph.template import SECRET_CAPABLE, NumberTemplate, SecretText, TextTemplate

_NO_HOST_KEY = (
    '"host_key" is required, so that nobody can pose as the host. On the host itself'
    ' "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub" prints its fingerprint; or set "accept_new" for a first run,'
    " whose output shows the key."
)


def _none_if_empty(setting: object) -> object:
    return None if setting == "" else setting


_Optional = BeforeValidator(_none_if_empty)
_OptionalSecret = Annotated[SecretText | None, SECRET_CAPABLE, _Optional]


class SshLogin(ActionSettings):
    """The settings of a component that logs in to a host."""

    host: TextTemplate = Field(description="The name or the address of the host.")
    port: Port = Field(default=NumberTemplate(22), description="The port on which it takes SSH connections.")
    username: Annotated[SecretText, SECRET_CAPABLE] = Field(
        description="Who logs in; the id of a vault item (vlt_…) stands for its secret."
    )
    password: _OptionalSecret = Field(
        default=None, description="The password, usually {{ vault.name }} or the id of a vault item (vlt_…)."
    )
    private_key: _OptionalSecret = Field(
        default=None,
        validate_default=True,
        description=(
            "In place of a password: a private key in OpenSSH's or PEM form, usually the id of a vault item; such an"
            " item holds 2,000 characters, so an Ed25519 key but no RSA key of 4,096 bits."
        ),
    )
    passphrase: _OptionalSecret = Field(default=None, description="The passphrase of a private key that is encrypted.")
    accept_new: bool = Field(
        default=False,
        description=(
            "Take whichever key the host shows, so that anybody can pose as it; the output shows the key, which is"
            ' "host_key" from then on.'
        ),
    )
    host_key: Annotated[TextTemplate | None, _Optional] = Field(
        default=None,
        validate_default=True,
        description=(
            "The key that the host must show: its public key (ssh-ed25519 AAAA…) or the fingerprint (SHA256:…)."
        ),
    )

    @field_validator("host")
    @classmethod
    def _is_a_host(cls, host: TextTemplate) -> TextTemplate:
        if host.is_static:
            _checked_host(str(host.source))
        return host

    @field_validator("username")
    @classmethod
    def _is_somebody(cls, username: SecretText) -> SecretText:
        if username.source == "":
            raise ValueError('"username" must not be empty.')
        return username

    @field_validator("private_key")
    @classmethod
    def _is_one_of_two(cls, private_key: SecretText | None, info: ValidationInfo) -> SecretText | None:
        if "password" in info.data and (private_key is None) == (info.data["password"] is None):
            raise ValueError('Give either "password" or "private_key".')
        return private_key

    @field_validator("passphrase")
    @classmethod
    def _has_a_key(cls, passphrase: SecretText | None, info: ValidationInfo) -> SecretText | None:
        if passphrase and info.data.get("private_key", passphrase) is None:
            raise ValueError('"passphrase" belongs to a "private_key"; there is none.')
        return passphrase

    @field_validator("host_key")
    @classmethod
    def _is_known(cls, host_key: TextTemplate | None, info: ValidationInfo) -> TextTemplate | None:
        if host_key is None and info.data.get("accept_new") is False:
            raise ValueError(_NO_HOST_KEY)
        if host_key and info.data.get("accept_new"):
            raise ValueError('"host_key" and "accept_new" exclude each other; with the key given, leave the other out.')
        if host_key and host_key.is_static:
            HostKey.parse(str(host_key.source))
        return host_key

    async def target(self, ctx: NodeContext) -> SshTarget:
        """Return the host and who logs in there. Raises `PermanentError`."""
        try:
            return SshTarget(
                host=_checked_host(await ctx.render(self.host)),
                port=port_of(await ctx.render(self.port)),
                username=await _secret(ctx, "username", self.username),
                password=await _secret(ctx, "password", self.password) if self.password else None,
                private_key=await _secret(ctx, "private_key", self.private_key) if self.private_key else None,
                passphrase=await _secret(ctx, "passphrase", self.passphrase) if self.passphrase else None,
                host_key=HostKey.parse(await ctx.render(self.host_key)) if self.host_key else None,
                timeout_seconds=ctx.timeout_seconds,
            )
        except ValueError as error:
            raise PermanentError(str(error)) from None


def _checked_host(host: str) -> str:
    stripped = host.strip()
    bare = stripped[1:-1] if stripped.startswith("[") and stripped.endswith("]") else stripped
    if not bare or any(mark in bare for mark in "/@ ") or bare.count(":") == 1:
        raise ValueError(
            '"host" must be a name or an address, such as router.example.com, without user, port or path;'
            f" it is {shown(host)}."
        )
    return bare


async def _secret(ctx: NodeContext, name: str, template: SecretText) -> str:
    secret = await ctx.render_secret(template)
    if not secret:
        raise ValueError(f'"{name}" comes to nothing.')
    if repair_text(secret) != secret:
        raise ValueError(f'"{name}" has a character in it that cannot be sent.')
    return secret
