"""What an author writes of a notification: by which channel it goes, and what it says."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, Field, field_validator

from app.core.json import JsonValue
from app.graph.context import NodeContext
from app.graph.errors import StepError
from app.graph.ports import Notification
from app.graph.template import TextTemplate

_FAILED = "The notification was not delivered: "


@dataclass(frozen=True, slots=True)
class Beside:
    """What subject and message read beside the context, and what of it nobody else may know."""

    roots: Mapping[str, JsonValue] = field(default_factory=dict)
    secrets: tuple[str, ...] = field(default=(), repr=False)


class NotificationSettings(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, arbitrary_types_allowed=True)

    channel: TextTemplate = Field(description="The channel's name, as the server's operator has set it up.")
    subject: TextTemplate = Field(
        default=TextTemplate(""), description="What it is about: the subject of mail, the first line elsewhere."
    )
    message: TextTemplate = Field(description="What there is to say, as plain text.")

    @field_validator("channel")
    @classmethod
    def _is_given(cls, channel: TextTemplate) -> TextTemplate:
        if channel.is_static and not str(channel.source).strip():
            raise ValueError('"channel" is empty; give the name of a channel.')
        return channel

    async def deliver(self, ctx: NodeContext, beside: Beside | None = None) -> str:
        """Deliver, and return the channel's name. Raises `TemporaryError` for what may pass, else `PermanentError`."""
        known = beside or Beside()
        notification = Notification(
            channel=(await ctx.render(self.channel)).strip(),
            subject=await ctx.render(self.subject, known.roots),
            message=await ctx.render(self.message, known.roots),
            key=ctx.idempotency_key,
            sent_at=ctx.now,
            timeout_seconds=ctx.timeout_seconds,
            secrets=known.secrets,
        )
        try:
            await ctx.outside.channels.deliver(notification)
        except StepError as error:
            raise error.behind(_FAILED) from error
        return notification.channel
