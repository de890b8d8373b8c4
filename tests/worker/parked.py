"""Runs that are parked, and how a test makes their time come."""

from tests.worker.world import World, chain, node, text


def pause(seconds: float) -> dict[str, object]:
    return node("d", "delay", duration=seconds, unit="seconds")


async def park(world: World) -> str:
    """Return a run that is parked in a delay of a minute, with a text step behind it."""
    run = await world.start(await world.add_workflow(*chain(pause(60), text("after", "{{ d.resumed_at }}"))))
    await world.holds(
        "SELECT NOT ready AND lease_owner IS NULL AND due_at IS NOT NULL FROM runs WHERE id = :id", id=run
    )
    return run


async def make_due(world: World, run: str) -> None:
    """Let its time come, and the workers look."""
    now = world.clock.now()
    await world.execute("UPDATE run_waits SET due_at = :now WHERE run_id = :id", id=run, now=now)
    await world.execute("UPDATE runs SET due_at = :now WHERE id = :id", id=run, now=now)
    world.look()
