"""Changes a text by operations, one after the other, or makes a random one, which the vault may keep."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field

from app.core.json import JsonObject, JsonValue
from app.graph.context import NodeContext
from app.graph.errors import PermanentError
from app.graph.kinds import kind_of
from app.graph.node import Action, ActionSettings
from app.graph.outcome import Outcome, Success
from app.graph.store_as import StoreAs, name_of
from app.graph.template import ValueTemplate
from app.graph.text_operations import Chain, Operations, name_alone
from app.graph.vault_names import MOST_SECRET_CHARACTERS

MAX_OPERATIONS = 50


class StringTransformSettings(ActionSettings):
    input: ValueTemplate = Field(
        default=ValueTemplate(""), description="The text to begin with, or a list to join; random ones need none."
    )
    operations: Operations = Field(
        max_length=MAX_OPERATIONS,
        description="Done in this order: each a name, or an object with a name as operation and parameters.",
        json_schema_extra=name_alone,
    )
    store_as: StoreAs | None = Field(
        default=None,
        description="The name, new in the vault, under which the result is kept as a secret; then it is not put out.",
    )


class StringTransform(Action):
    component_id = "string_transform"
    settings_type = StringTransformSettings
    outputs: ClassVar[Mapping[str, str]] = {
        "result": "What the last operation made: a text, or a list of them; not with store_as.",
        "stored_as": "The vault item that has the result, with store_as.",
    }
    example: ClassVar[JsonObject] = {
        "input": "{{ trigger.context.name }}",
        "operations": ["trim", {"operation": "truncate", "length": 40}, {"operation": "slug", "separator": "_"}],
    }

    def __init__(self, node_id: str, settings: StringTransformSettings) -> None:
        super().__init__(node_id, settings)
        self.settings = settings

    @property
    def has_effect(self) -> bool:
        return self.settings.store_as is not None

    async def run(self, ctx: NodeContext) -> Outcome:
        """Do the operations, and put the result out or keep it. Raises `PermanentError`."""
        chain = Chain(self.settings.input, self.settings.operations)
        if self.settings.store_as is None:
            return Success({"result": await ctx.render(chain)})
        name = await name_of(ctx, self.settings.store_as)
        await ctx.outside.vault.store(name, _secret(await ctx.render(chain)))
        return Success({"stored_as": name})


def _secret(result: JsonValue) -> str:
    """Return what the vault is to keep. Raises `PermanentError`, whose message shows nothing of it."""
    if not isinstance(result, str):
        raise PermanentError(f"The vault keeps a text; the operations made {kind_of(result)}.")
    most, size = MOST_SECRET_CHARACTERS, len(result)
    if not 0 < size <= most:
        raise PermanentError(f"The vault keeps a text of 1 to {most:,} characters; the operations made {size:,}.")
    return result
