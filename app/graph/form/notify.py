"""Telling somebody by a channel that a form waits, and where."""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from pydantic import Field, field_validator

from app.core.clock import format_time
from app.graph.context import NodeContext
from app.graph.notification import Beside, NotificationSettings
from app.graph.template import TextTemplate

FORM = "form"  # the root that subject and message read the form's address from, and nothing else does
_URL, _EXPIRES_AT = "url", "expires_at"
_ROOTS = frozenset({FORM})


class FormNotification(NotificationSettings):
    own_roots: ClassVar[Mapping[str, frozenset[str]]] = {"subject": _ROOTS, "message": _ROOTS}

    message: TextTemplate = Field(
        description="What there is to say, as plain text; {{ form.url }} is where the form is, {{ form.expires_at }}"
        " until when it can be answered, null without an end."
    )

    @field_validator("subject", "message")
    @classmethod
    def _reads_what_is_there(cls, text: TextTemplate) -> TextTemplate:
        for read in sorted(text.reads, key=str):
            if read.root == FORM and read.path[:1] not in {(), (_URL,), (_EXPIRES_AT,)}:
                name = ".".join(map(str, (read.root, *read.path)))
                raise ValueError(
                    f"There is no {name} here; of the form there are {FORM}.{_URL} and {FORM}.{_EXPIRES_AT}."
                )
        return text

    async def tell(self, ctx: NodeContext, due_at: datetime | None) -> str:
        """Send the address of the form that the step is about to wait for, and return the key that has made it.

        Raises `TemporaryError` and `PermanentError` where it was not delivered.
        """
        link = ctx.outside.form_link.issue()
        form = {_URL: link.url, _EXPIRES_AT: format_time(due_at) if due_at else None}
        await self.deliver(ctx, Beside({FORM: form}, (link.token,)))
        return link.key_id
