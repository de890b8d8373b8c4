"""Credentials that an HTTP node sends: which header they become."""

import base64
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from app.graph.context import NodeContext
from app.graph.errors import PermanentError
from app.graph.http_request import checked_header_name, safe_header
from app.graph.template import SECRET_CAPABLE, SecretText, TextTemplate

AUTHORIZATION = "Authorization"

_COLON = "The user name of basic credentials cannot have a colon in it."
_Secret = Annotated[SecretText, SECRET_CAPABLE]


class _Credentials(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, arbitrary_types_allowed=True)

    @property
    def header_name(self) -> str | None:
        """Return the name of the header in lower case, None where it is known only while running."""
        return AUTHORIZATION.lower()


class BasicAuth(_Credentials):
    type: Literal["basic"] = Field(description="A user name and a password.")
    username: _Secret = Field(description="The user name.")
    password: _Secret = Field(description="The password, usually {{ vault.name }} or the id of a vault item (vlt_…).")

    @field_validator("username")
    @classmethod
    def _has_no_colon(cls, username: SecretText) -> SecretText:
        if username.is_static and ":" in str(username.source):
            raise ValueError(_COLON)
        return username

    async def header(self, ctx: NodeContext) -> tuple[str, str]:
        """Return the header. Raises `PermanentError`."""
        username, password = await ctx.render_secret(self.username), await ctx.render_secret(self.password)
        if ":" in username:
            raise PermanentError(_COLON)
        token = base64.b64encode(f"{username}:{password}".encode("utf-8", "replace")).decode()
        return AUTHORIZATION, f"Basic {token}"


class BearerAuth(_Credentials):
    type: Literal["bearer"] = Field(description="A token.")
    token: _Secret = Field(description="The token, usually {{ vault.name }} or the id of a vault item (vlt_…).")

    async def header(self, ctx: NodeContext) -> tuple[str, str]:
        """Return the header. Raises `PermanentError`."""
        return AUTHORIZATION, f"Bearer {safe_header(await ctx.render_secret(self.token))}"


class HeaderAuth(_Credentials):
    type: Literal["header"] = Field(description="A header of the other system's own.")
    name: TextTemplate = Field(description="The header's name, such as X-Api-Key.")
    value: _Secret = Field(description="Its value, usually {{ vault.name }} or the id of a vault item (vlt_…).")

    @field_validator("name")
    @classmethod
    def _is_a_name(cls, name: TextTemplate) -> TextTemplate:
        return checked_header_name(name)

    @property
    def header_name(self) -> str | None:
        return str(self.name.source).strip().lower() if self.name.is_static else None

    async def header(self, ctx: NodeContext) -> tuple[str, str]:
        """Return the header. Raises `PermanentError`."""
        return (await ctx.render(self.name)).strip(), safe_header(await ctx.render_secret(self.value))


Auth = Annotated[BasicAuth | BearerAuth | HeaderAuth, Field(discriminator="type")]
