"""What can go wrong with a workflow, in words for its author."""

from collections.abc import Sequence

from app.core.errors import ConflictError, Fault, InvalidRequestError, NotFoundError, VirgaError
from app.graph.errors import Issue


class WorkflowNotFoundError(NotFoundError):
    code = "workflow_not_found"
    explanation = (
        "There is no workflow with this id in your organization. It may have been deleted, or belong to somebody else."
    )

    def __init__(self, workflow_id: str) -> None:
        super().__init__(f'There is no workflow "{workflow_id}".')


class WorkflowIdTakenError(ConflictError):
    """Only who may name ids himself meets it: the server's own command line."""

    def __init__(self, workflow_id: str) -> None:
        super().__init__(
            f'The id "{workflow_id}" is taken: by a workflow of another organization, or by one that was deleted and is'
            " still being removed."
        )


class GraphInvalidError(InvalidRequestError):
    code = "graph_invalid"
    explanation = (
        "The nodes and edges do not make a workflow that could run. `errors` names every fault at once, with the path"
        " in the body and the node. `POST /workflows/validate` looks for the same faults without saving."
    )

    def __init__(self, issues: Sequence[Issue]) -> None:
        count = "a fault" if len(issues) == 1 else f"{len(issues)} faults"
        faults = [Fault(issue.path, issue.message, issue.node_id) for issue in issues]
        super().__init__(f"The workflow's graph has {count}; see errors.", faults=faults)


class WorkflowInUseError(ConflictError):
    code = "workflow_in_use"
    explanation = (
        "Other workflows call this one by its id, so it cannot be deleted; the message names them. Delete those first,"
        " or let them call another one. A workflow that has been deleted itself calls nothing any more."
    )

    def __init__(self, callers: str) -> None:
        super().__init__(f"The workflow cannot be deleted: {callers} would still call it.")


class VersionConflictError(ConflictError):
    status = 412
    code = "version_conflict"
    explanation = (
        "`If-Match` names another version than the one that is saved: somebody else changed the workflow. Read it"
        " again, apply your change to what it is now, and send the new `ETag`."
    )

    def __init__(self, version: int) -> None:
        super().__init__(f"The workflow is at version {version}, which If-Match does not name; read it again.")


class ScheduleInvalidError(InvalidRequestError):
    """The workflow's own fields cannot be its schedule; what a node states is a fault of the graph."""

    def __init__(self, issues: Sequence[Issue]) -> None:
        super().__init__(issues[0].message, faults=[Fault(issue.path, issue.message) for issue in issues])


class NoWebhookUrlError(ConflictError):
    code = "wrong_trigger"
    explanation = "The workflow begins with a trigger that this route is not for. The message names it."

    def __init__(self, component_id: str) -> None:
        super().__init__(f'The workflow begins with "{component_id}", so it has no webhook URL to replace.')


WORKFLOW_ERRORS: tuple[type[VirgaError], ...] = (
    WorkflowNotFoundError,
    WorkflowIdTakenError,
    GraphInvalidError,
    WorkflowInUseError,
    VersionConflictError,
    ScheduleInvalidError,
    NoWebhookUrlError,
)
