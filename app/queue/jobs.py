"""Names and payloads of jobs and notices. Both carry ids only: the truth is in Postgres."""

EXECUTE_RUN = "execute_run"
REMOVE_WORKFLOW = "remove_workflow"

QUEUE = "virga:queue"
WAKE_LIST = QUEUE + ":wake"
EPOCH_KEY = "virga:epoch"  # gone after a flush or a restart without disk: whoever notices looks into Postgres at once


def notice_channel(worker_id: str) -> str:
    """Return the channel on which one worker hears that something was asked of a run that it holds."""
    return f"virga:worker:{worker_id}"
