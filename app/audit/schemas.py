"""What clients ask the audit log, and what they get."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.http.optional import NEVER_NULL
from app.http.timestamps import SentTimestamp, Timestamp

MAX_LIMIT = 1_000
DEFAULT_LIMIT = 100

Word = Annotated[str | None, NEVER_NULL]
Time = Annotated[SentTimestamp | None, NEVER_NULL]


class AuditQuery(BaseModel):
    """Which entries, newest first: those that fit everything that is given."""

    actor: Word = Field(default=None, description="Only acts of this actor.")
    action: Word = Field(default=None, description="Only acts of this kind.", examples=["workflow.update"])
    resource_type: Word = Field(default=None, description="Only acts upon things of this type.", examples=["workflow"])
    resource_id: Word = Field(default=None, description="Only acts upon this one thing.")
    since: Time = Field(default=None, alias="from", description="Only what was done at this time or later.")
    until: Time = Field(default=None, alias="to", description="Only what was done before this time.")
    before: Word = Field(
        default=None, description="Only entries older than this one, by its id. As fast at any depth as the first."
    )
    limit: int = Field(default=DEFAULT_LIMIT, ge=1, le=MAX_LIMIT, description="Entries at most.")


class AuditEntry(BaseModel):
    """One act."""

    model_config = ConfigDict(from_attributes=True)

    id: str = Field(examples=["aud_01kaq3v0c3s8y5b1f7f3q2d6te"])
    at: Timestamp = Field(description="When it was done.")
    actor: str = Field(
        description="Who did it: the `sub` of the token; `cli` for the command line of the server; the id of a run.",
        examples=["ada"],
    )
    token_id: str | None = Field(description="With which token, by its `jti`; null where it has none.")
    address: str = Field(
        description="From which address; `unknown` over a Unix socket, `local` on the server itself, as runs are.",
        examples=["192.0.2.7"],
    )
    action: str = Field(examples=["workflow.update"])
    resource_type: str = Field(examples=["workflow"])
    resource_id: str = Field(examples=["fl_01kaq3v0c3s8y5b1f7f3q2d6te"])
    before_hash: str | None = Field(description="SHA-256 of what it was before; null where it was not, or not hashed.")
    after_hash: str | None = Field(description="SHA-256 of what it was afterwards; null where it is gone.")
