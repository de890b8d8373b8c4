"""Whether a workflow has the authorization that its nodes call the platform with."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.authorizations.repository import AuthorizationRepository
from app.core.json import JsonValue
from app.graph import wire
from app.graph.errors import Issue
from app.graph.model import NodeSpec
from app.nodes import CATALOGUE

PATH = "authorization_id"
_LISTED = "GET /workflows/authorization lists those that there are."


@dataclass(frozen=True, slots=True)
class AuthorizationCheck:
    """Looks only where a node needs it: an `authorization_id` that nothing uses is kept as it came."""

    authorizations: AuthorizationRepository

    async def issues(self, nodes: Sequence[JsonValue], authorization_id: str | None) -> list[Issue]:
        """Return what is wrong with the id. An authorization that is right stays until the commit."""
        needing = [spec for spec in wire.read(nodes, ())[0].nodes if _needs_authorization(spec)]
        if not needing:
            return []
        first = needing[0]
        if authorization_id is None:
            message = f"{first.id} calls the platform, for which the workflow must name an authorization. {_LISTED}"
            return [Issue(PATH, message, first.id)]
        if not await self.authorizations.exists(authorization_id):
            message = f'There is no authorization "{authorization_id}", which {first.id} would call the platform with.'
            return [Issue(PATH, f"{message} {_LISTED}", first.id)]
        return []


def _needs_authorization(spec: NodeSpec) -> bool:
    kind = CATALOGUE.get(spec.component_id)
    return kind is not None and kind.needs_authorization
