"""The waits of one leased run, as its owner keeps them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.graph.outcome import WaitKind
from tests.fixtures.clock import NOON
from worker.execution.steps import WaitRow
from worker.execution.timers import OpenWaits


def row(node_id: str = "d", kind: WaitKind = WaitKind.DELAY, seconds: float | None = 60) -> WaitRow:
    due_at = None if seconds is None else NOON + timedelta(seconds=seconds)
    return WaitRow("fl_run_x", "org-a", "", node_id, "delay", 1, kind, due_at)


@pytest.mark.parametrize(
    ("kind", "seconds", "is_written"),
    [
        (WaitKind.DELAY, 1.0, False),
        (WaitKind.DELAY, 1.1, True),
        (WaitKind.RETRY, 5.0, False),
        (WaitKind.RETRY, 5.1, True),
        (WaitKind.CHILD, None, True),
        (WaitKind.FORM, None, True),
    ],
)
def test_a_wait_is_written_when_it_is_too_long_to_sit_out(
    kind: WaitKind, seconds: float | None, *, is_written: bool
) -> None:
    waits = OpenWaits()
    assert waits.begin(row(kind=kind, seconds=seconds), NOON) is is_written
    assert waits.may_park is is_written


def test_a_run_without_waits_has_nothing_to_park_for() -> None:
    assert not OpenWaits().may_park


def test_one_wait_that_is_sat_out_keeps_the_run_here() -> None:
    waits = OpenWaits()
    waits.begin(row("long"), NOON)
    waits.begin(row("short", seconds=0.5), NOON)
    assert not waits.may_park
    [over] = waits.over(NOON + timedelta(seconds=1))
    assert over.row.node_id == "short"
    waits.remove(over)
    assert waits.may_park


def test_the_next_moment_is_that_of_the_earliest_timer() -> None:
    waits = OpenWaits()
    assert waits.next_due_at is None
    waits.restore([row("a", seconds=90), row("b", seconds=30), row("c", WaitKind.FORM, None)])
    assert waits.next_due_at == NOON + timedelta(seconds=30)


def test_waits_are_over_when_their_moment_comes_or_somebody_resolves_them() -> None:
    waits = OpenWaits()
    form = row("form", WaitKind.FORM, None)
    waits.restore([row("d"), form])
    assert waits.over(NOON) == []
    waits.resolve(
        [replace(form, resolved_at=NOON, resolution={"button": "ok"}), replace(row("gone"), resolved_at=NOON)]
    )
    [answered] = waits.over(NOON)
    waits.remove(answered)
    assert (answered.row.node_id, answered.resolution) == ("form", {"button": "ok"})
    [due] = waits.over(NOON + timedelta(seconds=60))
    waits.remove(due)
    assert (due.row.node_id, due.resolution) == ("d", {"due_at": "2025-10-31T12:01:00.000000Z"})
    assert not waits


def test_a_node_waits_on_each_path_by_itself() -> None:
    waits = OpenWaits()
    waits.restore([replace(row("d", seconds=30), path="loop.0"), replace(row("d", seconds=60), path="loop.1")])
    assert [wait.row.path for wait in waits.over(NOON + timedelta(seconds=60))] == ["loop.0", "loop.1"]
    assert waits.next_due_among(lambda path: path == "loop.1") == NOON + timedelta(seconds=60)


def test_what_an_earlier_attempt_waited_for_does_not_resolve_the_wait_of_a_later_one() -> None:
    """Its row is there until the flush that records it, and may be read meanwhile."""
    waits = OpenWaits()
    earlier = replace(row("c", WaitKind.CHILD, None), resolved_at=NOON, resolution={"status": "failed"})
    for kind in (WaitKind.RETRY, WaitKind.CHILD):
        waits.begin(replace(row("c", kind, None), attempt=2), NOON)
        waits.resolve([earlier])
        assert waits.over(NOON) == []
    waits.resolve([replace(earlier, attempt=2)])
    assert [wait.row.attempt for wait in waits.over(NOON)] == [2]
