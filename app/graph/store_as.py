"""The setting of nodes that make secrets: the name under which one is kept in the vault, and never put out."""

from typing import Annotated

from pydantic import AfterValidator

from app.graph.context import NodeContext
from app.graph.errors import PermanentError
from app.graph.template import TextTemplate
from app.graph.vault_names import checked_secret_name


def _checked(setting: TextTemplate) -> TextTemplate:
    if setting.is_static:
        _name(str(setting.source))
    return setting


StoreAs = Annotated[TextTemplate, AfterValidator(_checked)]


async def name_of(ctx: NodeContext, setting: TextTemplate) -> str:
    """Return the name that the setting comes to. Raises `PermanentError` for what cannot be one."""
    try:
        return _name(await ctx.render(setting))
    except ValueError as error:
        raise PermanentError(str(error)) from None


def _name(text: str) -> str:
    try:
        return checked_secret_name(text.strip())
    except ValueError as error:
        raise ValueError(f"{error}.") from None
