"""Makes a pair of keys for WireGuard; what is secret of it goes into the vault."""

import base64
import secrets
from collections.abc import Mapping
from typing import ClassVar

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from pydantic import Field, ValidationInfo, field_validator

from app.core.json import JsonObject
from app.graph.context import NodeContext
from app.graph.errors import PermanentError
from app.graph.node import Action, ActionSettings
from app.graph.outcome import Outcome, Success
from app.graph.store_as import StoreAs, name_of
from app.graph.template import TextTemplate

_KEY_BYTES = 32
_SAME_NAME = "The private key and the preshared key need different names in the vault."
_SPOILT = 'The vault item "{name}" holds no WireGuard key any more; delete it, or choose another name.'


class WireguardKeysSettings(ActionSettings):
    store_as: StoreAs = Field(
        description="The name, new in the vault, under which the private key is kept; it is never put out."
    )
    preshared_key_store_as: StoreAs | None = Field(
        default=None, description="The name, new in the vault, for a preshared key; none is made without it."
    )

    @field_validator("preshared_key_store_as")
    @classmethod
    def _is_another_name(cls, name: TextTemplate | None, info: ValidationInfo) -> TextTemplate | None:
        if name is not None and name == info.data.get("store_as"):
            raise ValueError(_SAME_NAME)
        return name


class WireguardKeys(Action):
    component_id = "wireguard_keys"
    settings_type = WireguardKeysSettings
    outputs: ClassVar[Mapping[str, str]] = {
        "stored_as": "The vault item that has the private key.",
        "public_key": "The public key that belongs to it.",
        "preshared_key_stored_as": "The vault item that has the preshared key, where one was wanted.",
    }
    example: ClassVar[JsonObject] = {"store_as": "wireguard {{ trigger.context.site }}"}

    def __init__(self, node_id: str, settings: WireguardKeysSettings) -> None:
        super().__init__(node_id, settings)
        self.settings = settings

    @property
    def has_effect(self) -> bool:
        return True

    async def run(self, ctx: NodeContext) -> Outcome:
        """Make the keys, or find those of an earlier attempt. Raises `PermanentError`."""
        name = await name_of(ctx, self.settings.store_as)
        preshared = self.settings.preshared_key_store_as
        preshared_name = await name_of(ctx, preshared) if preshared else None
        if name == preshared_name:
            raise PermanentError(_SAME_NAME)
        private_key = await ctx.outside.vault.store(name, _new_private_key())
        output = {"stored_as": name, "public_key": _public_key(private_key, name)}
        if preshared_name is not None:
            await ctx.outside.vault.store(preshared_name, _written(secrets.token_bytes(_KEY_BYTES)))
            output["preshared_key_stored_as"] = preshared_name
        return Success(output)


def _new_private_key() -> str:
    """Return a key as `wg genkey` makes it, with the bits set that the curve fixes.

    Source: https://www.rfc-editor.org/rfc/rfc7748#section-5
    """
    key = bytearray(secrets.token_bytes(_KEY_BYTES))
    key[0] &= 248
    key[-1] = key[-1] & 127 | 64
    return _written(bytes(key))


def _public_key(private_key: str, name: str) -> str:
    try:
        key = X25519PrivateKey.from_private_bytes(base64.b64decode(private_key, validate=True))
    except ValueError:
        raise PermanentError(_SPOILT.format(name=name)) from None
    return _written(key.public_key().public_bytes_raw())


def _written(key: bytes) -> str:
    return base64.b64encode(key).decode()
