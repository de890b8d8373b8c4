"""What happens to runs when workers die, stop, or are told late: nothing is lost, nothing recorded is repeated."""

import asyncio

from app.core.config import WorkerSettings
from app.queue.jobs import EXECUTE_RUN
from tests.fixtures.target import SILENCE, Target, answer
from tests.worker.world import World, call, chain, node, text, until


async def test_a_dead_workers_run_goes_on_where_its_journal_ends(world: World) -> None:
    async with Target(answer(), SILENCE) as target:
        workflow = await world.add_workflow(*chain(call("one", target.url("/1")), call("two", target.url("/2"))))
        async with world.worker() as first:
            run = await world.start(workflow)
            await until(lambda: len(target.requests) == 2)
            await first.die(world)
        target.answers = (answer(),)
        async with world.worker():
            [row] = await world.ended(run)
        paths = [request.split()[1] for request in target.requests]
        keys = [request.lower().split(b"idempotency-key: ")[1].split(b"\r\n")[0] for request in target.requests]
    assert row.status == "completed"
    assert paths == [b"/1", b"/2", b"/2"]
    assert keys[1] == keys[2]
    assert [(log.node_id, log.fence) for log in await world.logs(run)] == [("t", 1), ("one", 1), ("two", 2)]


async def test_the_repeated_attempt_sends_the_same_bytes(world: World) -> None:
    async with Target(SILENCE) as target:
        body = '{"at": "{{ now }}", "today": "{{ \'now\' | date: \'%s\' }}"}'
        workflow = await world.add_workflow(*chain(call("hook", target.url(), body=body)))
        async with world.worker() as first:
            run = await world.start(workflow)
            await until(lambda: len(target.requests) == 1)
            await first.die(world)
        target.answers = (answer(),)
        async with world.worker():
            await world.ended(run)
    assert target.requests[0] == target.requests[1]


async def test_a_run_that_kills_its_workers_is_given_up_after_five_takeovers(world: World) -> None:
    async with Target(SILENCE) as target:
        poison = await world.start(await world.add_workflow(*chain(call("hook", target.url()))))
        for deaths in range(1, 6):
            async with world.worker() as victim:
                await world.looked_twice()
                await until(lambda deaths=deaths: len(target.requests) == deaths)  # type: ignore[misc] # bound per turn
                await victim.die(world)
        async with world.worker():
            [row] = await world.ended(poison)
    assert (row.status, row.error_message) == ("failed", "abandoned after 5 attempts at node hook")
    assert len(target.requests) == 5


async def test_progress_resets_the_count_of_takeovers(world: World) -> None:
    async with Target(answer(), SILENCE) as target:
        run = await world.start(await world.add_workflow(*chain(call("one", target.url()), call("two", target.url()))))
        await world.execute("UPDATE runs SET takeovers = 1 WHERE id = :id", id=run)
        async with world.worker() as victim:
            await until(lambda: len(target.requests) == 2)
            await victim.die(world)
        target.answers = (SILENCE,)
        async with world.worker() as next_worker:
            await until(lambda: len(target.requests) == 3)
            takeovers = (await world.run(run)).takeovers
            await next_worker.die(world)
    assert takeovers == 1


async def test_a_worker_holds_one_suspect_at_a_time(world: World) -> None:
    async with Target(SILENCE) as target:
        workflow = await world.add_workflow(*chain(call("hook", target.url())))
        runs = [await world.start(workflow) for _ in range(3)]
        await world.execute("UPDATE runs SET takeovers = 2")
        async with world.worker():
            healthy = await world.start(workflow)
            await until(lambda: len(target.requests) == 2)
            leased = await world.rows("SELECT id FROM runs WHERE lease_owner IS NOT NULL")
        assert healthy in {row.id for row in leased}
        assert len({row.id for row in leased} & set(runs)) == 1


async def test_the_same_job_on_two_workers_runs_each_step_once(world: World) -> None:
    async with Target() as target, world.worker(), world.worker():
        workflow = await world.add_workflow(*chain(*(call(f"n{number}", target.url()) for number in range(3))))
        runs = [await world.start(workflow) for _ in range(10)]
        for run in runs:
            await world.doorbell.ring([run, run], EXECUTE_RUN)
        rows = await world.ended(*runs)
        assert {row.status for row in rows} == {"completed"}
        assert len(target.requests) == 30
    assert {row.fence for row in rows} == {1}


async def test_a_flush_that_was_under_way_at_a_takeover_is_seen_by_the_new_owner(world: World) -> None:
    """The old owner's flush commits while the new one waits to claim: the step must not run again."""
    async with Target() as target:
        workflow = await world.add_workflow(*chain(call("one", target.url("/1")), call("two", target.url("/2"))))
        run = await world.start(workflow)
        await world.execute("UPDATE runs SET ready = false, fence = 1, lease_owner = 'wrk_gone' WHERE id = :id", id=run)
        async with world.database.connect() as flush:
            await flush.execute(*world.statement("SELECT id FROM runs WHERE id = :id FOR NO KEY UPDATE", id=run))
            async with world.worker():
                await world.looked_twice()
                for seq, node_id in enumerate(("t", "one"), 1):
                    await flush.execute(*world.statement(_STEP, run=run, seq=seq, node=node_id, now=world.clock.now()))
                await flush.commit()
                [row] = await world.ended(run)
        paths = [request.split()[1] for request in target.requests]
    assert row.status == "completed"
    assert paths == [b"/2"]


_STEP = """
    INSERT INTO run_logs (run_id, path, node_id, attempt, id, org_id, workflow_id, seq, component_id, status, output,
                          handle, fence, started_at, duration_ms, created_at)
    VALUES (:run, '', :node, 1, 'fl_log_' || :node, 'org-a', 'w', :seq, 'webhook', 'success', '{}', 'default', 1,
            :now, 1, :now)
"""


async def test_a_stale_owner_writes_nothing_after_a_takeover(world: World) -> None:
    async with Target(SILENCE, answer()) as target:
        workflow = await world.add_workflow(*chain(call("hook", target.url(), timeout_seconds=2)))
        async with world.worker():
            run = await world.start(workflow)
            await until(lambda: len(target.requests) == 1)
            await world.execute("UPDATE runs SET fence = fence + 1, lease_owner = 'wrk_other' WHERE id = :id", id=run)
            await world.execute(_OTHER_WORKER, now=world.clock.now())
            await asyncio.sleep(0)
            await until(lambda: target.closed_connections > 0)
            await world.looked_twice()
            assert await world.steps(run) == [("t", "success")]
            assert (await world.run(run)).lease_owner == "wrk_other"


_OTHER_WORKER = """
    INSERT INTO workers (id, beat, boot_id, pid_ns, pid, pid_started, started_at)
    VALUES ('wrk_other', 0, 'another machine', '', 1, 1, :now)
"""


async def test_a_claim_whose_answer_was_lost_is_made_again(world: World) -> None:
    async with world.worker() as worker:
        run = await world.start_unrung(await world.add_workflow(*chain(text("a", "x"))))
        await world.execute(
            "UPDATE runs SET ready = false, fence = 1, status = 'running', lease_owner = :me, claimed_at = created_at"
            " WHERE id = :id",
            id=run,
            me=worker.id,
        )
        await world.looked_twice()
        [row] = await world.ended(run)
    assert (row.status, row.fence, row.takeovers) == ("completed", 2, 0)
    assert await world.steps(run) == [("t", "success"), ("a", "success")]


async def test_a_worker_whose_lease_was_taken_goes_on_under_a_new_id(world: World) -> None:
    async with Target(SILENCE, answer()) as target, world.worker() as worker:
        run = await world.start(await world.add_workflow(*chain(call("hook", target.url()))))
        await until(lambda: len(target.requests) == 1)
        before = worker.id
        await world.execute("UPDATE workers SET dead_at = :now WHERE id = :id", id=before, now=world.clock.now())
        [row] = await world.ended(run)
        assert worker.id != before
    assert (row.status, row.fence) == ("completed", 2)
    assert len(target.requests) == 2


async def test_a_graceful_stop_hands_waiting_runs_over_without_counting_it(world: World) -> None:
    async with (
        world.worker(worker=WorkerSettings(stop_grace_seconds=0.2)) as first,
        Target(SILENCE, answer()) as target,
    ):
        run = await world.start(await world.add_workflow(*chain(call("hook", target.url()))))
        await until(lambda: len(target.requests) == 1)
        first.stop.set()
        assert await first.task == 0
        released = await world.run(run)
        assert (released.ready, released.lease_owner, released.takeovers) == (True, None, 0)
        async with world.worker():
            [row] = await world.ended(run)
    assert row.status == "completed"


async def test_a_graceful_stop_lets_an_attempt_in_flight_end(world: World) -> None:
    async with Target(answer()) as target:
        nodes = [call("slow", target.url(), timeout_seconds=5), text("after", "x")]
        async with world.worker(worker=WorkerSettings(stop_grace_seconds=10)) as first:
            target.delay_seconds = 0.5
            run = await world.start(await world.add_workflow(*chain(*nodes)))
            await until(lambda: len(target.requests) == 1)
            first.stop.set()
            await first.task
            assert await world.steps(run) == [("t", "success"), ("slow", "success")]
        async with world.worker():
            await world.ended(run)
    assert len(target.requests) == 1


async def test_a_run_is_found_without_any_ring(world: World) -> None:
    async with world.worker():
        run = await world.start_unrung(await world.add_workflow(*chain(text("a", "x"))))
        [row] = await world.ended(run)
    assert row.status == "completed"


async def test_a_flushed_valkey_makes_workers_look_at_once(world: World) -> None:
    async with world.worker():
        await world.looked_twice()
        run = await world.start_unrung(await world.add_workflow(*chain(text("a", "x"))))
        await world.flush_redis()
        async with asyncio.timeout(3):
            await world.ended(run)


async def test_a_worker_takes_no_more_than_its_slots_and_half_for_one_organization(world: World) -> None:
    async with Target(SILENCE) as target, world.worker(worker=WorkerSettings(slots=8, stop_grace_seconds=0.1)):
        flood = await world.add_workflow(*chain(call("hook", target.url())), org="flood")
        single = await world.add_workflow(*chain(call("hook", target.url("/single"))), org="single")
        for _ in range(20):
            await world.start(flood, org="flood")
        await until(lambda: len(target.requests) == 4)
        await world.start(single, org="single")
        await until(lambda: len(target.requests) == 5)
        assert b"/single" in target.requests[-1]
        leased = await world.rows("SELECT org_id FROM runs WHERE lease_owner IS NOT NULL")
    assert sorted(row.org_id for row in leased) == ["flood"] * 4 + ["single"]


async def test_a_definition_that_cannot_be_walked_any_more_fails_the_run(world: World) -> None:
    nodes, edges = chain(node("x", "no_such_component"))
    async with world.worker():
        run = await world.start(await world.add_workflow(nodes, edges))
        [row] = await world.ended(run)
    assert row.status == "failed"
    assert row.error_message.startswith("This version cannot be executed: ")


async def test_a_run_of_a_removed_workflow_fails(world: World) -> None:
    async with world.worker():
        run = await world.start("fl_gone")
        [row] = await world.ended(run)
    assert (row.status, row.error_message) == ("failed", "The workflow was deleted.")
