"""What can go wrong with starting, reading and ending a run."""

from collections.abc import Sequence

from app.core.errors import ConflictError, Fault, InvalidRequestError, NotFoundError, VirgaError
from app.graph.input_fault import InputFault


class RunNotFoundError(NotFoundError):
    code = "run_not_found"
    explanation = (
        "There is no run with this id in your organization. It may have been removed with its workflow or by its age,"
        " or belong to somebody else."
    )

    def __init__(self, run_id: str) -> None:
        super().__init__(f'There is no run "{run_id}".')


class RunFinishedError(ConflictError):
    code = "run_finished"
    explanation = "The run has ended already, so there is nothing left to cancel. What ended stays as it is."

    def __init__(self, run_id: str, status: str) -> None:
        super().__init__(f'The run "{run_id}" has ended already: it is {status}.')


class WorkflowInactiveError(ConflictError):
    code = "workflow_inactive"
    explanation = "The workflow is switched off. Update it with `is_active: true`, then start it."

    def __init__(self) -> None:
        super().__init__("The workflow is not active, so it cannot be started; set is_active to true first.")


class WrongTriggerError(ConflictError):
    code = "wrong_trigger"
    explanation = "The workflow begins with a trigger that this route does not start. The message names it."

    def __init__(self, component_id: str) -> None:
        super().__init__(f'The workflow begins with "{component_id}", which cannot be started by this route.')


class RunNotFailedError(ConflictError):
    code = "run_not_failed"
    explanation = (
        "Only a run that failed can be resumed from one of its nodes. Cancel it first if it is under way, or run it"
        " again from its start with `POST /workflows/runs/{runId}/rerun`."
    )

    def __init__(self, run_id: str, status: str) -> None:
        super().__init__(f'The run "{run_id}" did not fail: it is {status}. Only a failed run can be resumed.')


class NodeNotFoundError(NotFoundError):
    code = "node_not_found"
    explanation = "The definition that the run has executed has no node with this id. Ids are compared exactly."

    def __init__(self, node_id: str) -> None:
        super().__init__(f'The run has no node "{node_id[:255]}".')


class NodeNotResumableError(InvalidRequestError):
    code = "node_not_resumable"
    explanation = (
        "The run cannot go on behind this node: it did not succeed in that run, lies inside an iterator, or is not the"
        " same in the definition to be run. The message says which. With `?definition=original` the run goes on with"
        " the definition that it began with."
    )

    def __init__(self, node_id: str, reason: str) -> None:
        super().__init__(reason, faults=[Fault("nodeId", reason, node_id)])


class InputInvalidError(InvalidRequestError):
    def __init__(self, name: str, faults: Sequence[InputFault]) -> None:
        """`name` is where in the body the input stands."""
        shown = [Fault(_below(name, fault.path), fault.message.rstrip(".")) for fault in faults]
        message = f"The input does not fit the workflow's input_schema: {shown[0].path or 'body'}: {shown[0].message}."
        super().__init__(message, faults=shown)


def _below(name: str, path: str) -> str:
    return f"{name}{path}" if path.startswith("[") or not path else f"{name}.{path}".removeprefix(".")


RUN_ERRORS: tuple[type[VirgaError], ...] = (
    RunNotFoundError,
    RunFinishedError,
    WorkflowInactiveError,
    WrongTriggerError,
    RunNotFailedError,
    NodeNotFoundError,
    NodeNotResumableError,
    InputInvalidError,
)
