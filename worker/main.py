"""One worker process: opens its parts, sets their loops going, and ends in good order when asked to."""

import asyncio
import signal
from collections.abc import Coroutine, Iterable
from contextlib import closing
from functools import partial

import structlog
import uvloop

from app.core import memory
from app.core.config import Settings
from app.core.ids import NODE_TEST, RUN
from app.core.metrics import MetricsServer, new_registry
from app.queue.jobs import EXECUTE_RUN, LOOK_AT_SCHEDULES, REMOVE_WORKFLOW
from worker.execution.partitions import keep_partitions
from worker.lifespan import Worker, open_worker
from worker.metrics import observe
from worker.notices import listen_forever
from worker.tasks.execute_run import execute_run
from worker.tasks.look_at_schedules import look_at_schedules
from worker.tasks.remove_workflow import remove_workflow
from worker.urgent import take_urgent_forever
from worker.wake import WakeWorker

CANCEL_SECONDS = 0.05  # after which a task that goes on is cancelled again

log = structlog.get_logger()


def run(settings: Settings) -> int:
    """Run until SIGTERM or SIGINT. Returns the exit code; raises `SetupError`."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_run(settings))


async def _run(settings: Settings) -> int:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with open_worker(settings) as worker:
        memory.settle()
        if settings.metrics.bind is None:
            return await serve(worker, stop)
        registry = new_registry()
        observe(registry, worker.engine, worker.presence)
        with closing(MetricsServer(settings.metrics.bind, registry)):
            return await serve(worker, stop)


async def serve(worker: Worker, stop: asyncio.Event) -> int:
    """Work until `stop` is set, or until a loop that must never end does. Returns the exit code.

    Cancelling it is like killing the process: nothing is released, and others have to find out.
    """
    await worker.presence.start(stop)
    loops: list[asyncio.Task[object]] = [asyncio.create_task(work) for work in _loops(worker)]
    stopping: asyncio.Task[object] = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait([*loops, stopping], return_when=asyncio.FIRST_COMPLETED)
        failed = [task for task in loops if task.done()]
        for task in failed:
            log.error("loop_ended", error=repr(task.exception()))
        await asyncio.gather(worker.engine.stop(), worker.trials.stop())
        await worker.journal.close()
        await worker.presence.stop()
        return 1 if failed else 0
    finally:
        worker.presence.halt()
        worker.engine.abandon_all()
        await worker.trials.stop()
        others = (*worker.presence.tasks, *worker.engine.tasks, *worker.journal.abandon())
        await end_all([*loops, stopping, *others])


async def end_all(tasks: Iterable[asyncio.Task[object]]) -> None:
    """Cancel until every task has ended: redis-py may swallow a cancellation that comes while it sends."""
    ending = set(tasks)
    while ending:
        for task in ending:
            task.cancel()
        _, ending = await asyncio.wait(ending, timeout=CANCEL_SECONDS)


def _loops(worker: Worker) -> tuple[Coroutine[None, None, object], ...]:
    return (
        worker.engine.claim_forever(),
        worker.presence.look_forever(),
        worker.removal.run_forever(worker.presence.deleted_workflows),
        worker.schedules.run_forever(worker.presence.due_schedules, worker.presence.look_soon),
        worker.retention.run_forever(),
        worker.expiry.run_forever(),
        listen_forever(
            worker.redis, lambda: worker.engine.worker_id, worker.engine.notice, worker.journal.watched.watch
        ),
        take_urgent_forever(
            worker.redis,
            worker.engine,
            {RUN: partial(worker.engine.boarding.rung, urgent=True), NODE_TEST: worker.trials.wanted},
        ),
        worker.trials.run_forever(),
        _job_taker(worker).main(),
        keep_partitions(worker.database, worker.clock),
    )


def _job_taker(worker: Worker) -> WakeWorker:
    jobs = WakeWorker(
        {EXECUTE_RUN: execute_run, REMOVE_WORKFLOW: remove_workflow, LOOK_AT_SCHEDULES: look_at_schedules},
        worker.redis,
        worker.engine,
        worker.presence.look_soon,
    )
    jobs.ctx |= {
        "boarding": worker.engine.boarding,
        "deleted_workflows": worker.presence.deleted_workflows,
        "look_soon": worker.presence.look_soon,
    }
    return jobs
