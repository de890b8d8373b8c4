"""What can go wrong with reading a workflow's versions."""

from app.core.errors import NotFoundError, VirgaError


class VersionNotFoundError(NotFoundError):
    code = "version_not_found"
    explanation = (
        "The workflow has no such version. Versions are counted from 1 and grow with each saved change; old ones that"
        " no run names are removed in time, but never the last 50. `GET /workflows/{workflowId}/versions` lists them."
    )

    def __init__(self, workflow_id: str, version: int) -> None:
        super().__init__(f'The workflow "{workflow_id}" has no version {version}.')


VERSION_ERRORS: tuple[type[VirgaError], ...] = (VersionNotFoundError,)
