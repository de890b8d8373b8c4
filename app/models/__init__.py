"""All tables. Importing this package fills `Base.metadata`."""

from app.core.db import Base
from app.models.counts import WorkflowCount
from app.models.run_logs import RunLog
from app.models.run_waits import RunWait
from app.models.runs import Run
from app.models.workers import WorkerRow
from app.models.workflows import Workflow, WorkflowVersion

__all__ = ["Base", "Run", "RunLog", "RunWait", "WorkerRow", "Workflow", "WorkflowCount", "WorkflowVersion"]
