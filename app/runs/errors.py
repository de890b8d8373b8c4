"""What can go wrong with starting, reading and ending a run."""

from app.core.errors import ConflictError, NotFoundError, VirgaError


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


RUN_ERRORS: tuple[type[VirgaError], ...] = (
    RunNotFoundError,
    RunFinishedError,
    WorkflowInactiveError,
    WrongTriggerError,
)
