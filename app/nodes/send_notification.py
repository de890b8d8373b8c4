"""Notifies people by a channel that the server's operator has set up: a chat's webhook, or mail."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field, field_validator

from app.core.json import JsonObject
from app.graph.context import NodeContext
from app.graph.errors import StepError
from app.graph.node import Action, ActionSettings
from app.graph.outcome import Outcome, Success
from app.graph.ports import Notification
from app.graph.template import TextTemplate

_FAILED = "The notification was not delivered: "


class SendNotificationSettings(ActionSettings):
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


class SendNotification(Action):
    component_id = "send_notification"
    settings_type = SendNotificationSettings
    outputs: ClassVar[Mapping[str, str]] = {
        "delivered": "True: the channel took the message.",
        "channel": "The name of the channel, in lower case.",
    }
    example: ClassVar[JsonObject] = {
        "channel": "ops",
        "subject": "{{ trigger.context.site }} is offline",
        "message": "Last seen at {{ trigger.context.seen_at }}.",
    }

    def __init__(self, node_id: str, settings: SendNotificationSettings) -> None:
        super().__init__(node_id, settings)
        self.settings = settings

    @property
    def has_effect(self) -> bool:
        return True

    async def run(self, ctx: NodeContext) -> Outcome:
        """Deliver. Raises `TemporaryError` for what may pass, else `PermanentError`."""
        channel = (await ctx.render(self.settings.channel)).strip()
        notification = Notification(
            channel=channel,
            subject=await ctx.render(self.settings.subject),
            message=await ctx.render(self.settings.message),
            key=ctx.idempotency_key,
            sent_at=ctx.now,
            timeout_seconds=ctx.timeout_seconds,
        )
        try:
            await ctx.outside.channels.deliver(notification)
        except StepError as error:
            raise error.behind(_FAILED) from error
        return Success({"delivered": True, "channel": channel.lower()})
