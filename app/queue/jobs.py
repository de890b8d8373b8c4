"""Names and payloads of jobs and notices. Both carry ids only: the truth is in Postgres."""

EXECUTE_RUN = "execute_run"
REMOVE_WORKFLOW = "remove_workflow"
LOOK_AT_SCHEDULES = "look_at_schedules"

QUEUE = "virga:queue"
WAKE_LIST = QUEUE + ":wake"
URGENT_LIST = "virga:urgent"  # what somebody waits for: ids of runs and of tests of nodes, popped one by one
NOTES_CHANNEL = "virga:notes"  # ids of what somebody waits for and that has changed
WATCH_CHANNEL = "virga:watch"  # ids of runs whose changes somebody wants to hear of
EPOCH_KEY = "virga:epoch"  # another one after a flush or a restart without disk: workers then look into Postgres


def end_of(run_id: str) -> str:
    """Return what a note says when a run has ended; its id alone stands for any change of it."""
    return f"end:{run_id}"


def notice_channel(worker_id: str) -> str:
    """Return the channel on which one worker hears that something was asked of a run that it holds."""
    return f"virga:worker:{worker_id}"
