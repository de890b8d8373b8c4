"""What clients get about authorizations."""

from typing import Literal

from pydantic import BaseModel, Field

from app.http.timestamps import Timestamp

AuthorizationStatus = Literal["active", "revoked"]
ACTIVE: AuthorizationStatus = "active"
REVOKED: AuthorizationStatus = "revoked"


class Authorization(BaseModel):
    """An account at the provider in whose name workflows call the platform's API."""

    id: str = Field(examples=["auth_01kaq3v0c3s8y5b1f7f3q2d6te"])
    user_id: str = Field(description="The account, as the provider calls it (`sub`).")
    provider: str = Field(examples=["altostrat"])
    status: AuthorizationStatus = Field(
        description="`revoked`: the provider does not accept it any more; sign in again with the same account."
    )
    created_at: Timestamp
    email: str | None = Field(description="The account's e-mail address, where the provider tells it.")


class SignIn(BaseModel):
    """Where to sign in."""

    url: str = Field(description="Open it in a browser within 10 minutes. It works once.")
