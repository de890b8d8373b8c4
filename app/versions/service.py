"""Reading what a workflow was."""

from dataclasses import dataclass

from app.models import WorkflowVersion
from app.versions.errors import VersionNotFoundError
from app.versions.repository import VersionListing, VersionReads
from app.versions.schemas import Version, VersionSummary
from app.workflows.errors import WorkflowNotFoundError
from app.workflows.repository import WorkflowRepository


@dataclass(frozen=True, slots=True)
class VersionService:
    """What one request asks of versions, inside its transaction."""

    versions: VersionReads
    workflows: WorkflowRepository

    async def newest_first(self, asked: VersionListing) -> list[VersionSummary]:
        """Return versions without their graphs. Raises `WorkflowNotFoundError`."""
        await self._find(asked.workflow_id)
        return [VersionSummary(**_fields(row)) for row in await self.versions.newest_first(asked)]

    async def get(self, workflow_id: str, number: int) -> Version:
        """Return one version with its graph. Raises `WorkflowNotFoundError`, `VersionNotFoundError`."""
        await self._find(workflow_id)
        row = await self.versions.find(workflow_id, number)
        if row is None:
            raise VersionNotFoundError(workflow_id, number)
        return Version(**_fields(row), nodes=list(row.nodes), edges=list(row.edges))

    async def _find(self, workflow_id: str) -> None:
        if not await self.workflows.exists(workflow_id):
            raise WorkflowNotFoundError(workflow_id)


def _fields(row: WorkflowVersion) -> dict[str, object]:
    return {name: getattr(row, name) for name in VersionSummary.model_fields}
