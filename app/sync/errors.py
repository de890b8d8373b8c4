"""What can go wrong with a call that waits for its run."""

from app.core.errors import VirgaError


class WorkflowFailedError(VirgaError):
    status = 502
    type = "workflow_error"
    code = "workflow_failed"
    explanation = (
        "The run that the call has started ended as failed. `run_id` names it; its logs say which step failed and why."
    )

    def __init__(self, run_id: str, reason: str) -> None:
        super().__init__(f'The run "{run_id}" failed: {reason}', extra={"run_id": run_id})


class SyncTimeoutError(VirgaError):
    status = 504
    type = "workflow_error"
    code = "sync_timeout"
    explanation = (
        "The run that the call has started did not end in time. It goes on: `run_id` names it, and reading it shows"
        " how it ends. Workflows that take longer are better started by `execute`."
    )

    def __init__(self, run_id: str, seconds: float) -> None:
        message = f'The run "{run_id}" did not end within {seconds:g} seconds; it goes on.'
        super().__init__(message, extra={"run_id": run_id})


SYNC_ERRORS: tuple[type[VirgaError], ...] = (WorkflowFailedError, SyncTimeoutError)
