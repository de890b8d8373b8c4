"""Notifies people by a channel that the server's operator has set up: a chat's webhook, or mail."""

from collections.abc import Mapping
from typing import ClassVar

from app.core.json import JsonObject
from app.graph.context import NodeContext
from app.graph.node import Action, ActionSettings
from app.graph.notification import NotificationSettings
from app.graph.outcome import Outcome, Success


class SendNotificationSettings(NotificationSettings, ActionSettings):
    pass


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
        channel = await self.settings.deliver(ctx)
        return Success({"delivered": True, "channel": channel.lower()})
