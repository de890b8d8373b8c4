"""One schedule, stated by a node and by the workflow's own fields."""

import pytest

from app.core.json import JsonObject, JsonValue, dumps
from app.graph.schedule import ScheduleFields, agreed, rewritten, scheduled_node

OWN = ScheduleFields("daily", "09:00", "Europe/Berlin")


def trigger(component: str = "scheduled_trigger", /, **data: JsonValue) -> JsonObject:
    return {"id": "t", "mine": 1, "data": {"componentId": component, **data}}


def schedule_of(own: ScheduleFields, **data: JsonValue) -> ScheduleFields:
    node = scheduled_node([trigger("scheduled_trigger", **data)])
    assert node is not None
    return agreed(node, own)


@pytest.mark.parametrize("nodes", [[], [5, None], [trigger("manual_trigger")], [{"id": 5}]])
def test_other_nodes_state_no_schedule(nodes: list[JsonValue]) -> None:
    assert scheduled_node(nodes) is None


def test_the_component_may_stand_in_the_nodes_type() -> None:
    node = scheduled_node([{"id": "t", "type": "scheduled_trigger"}])
    assert node is not None
    assert node.id == "t"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({}, OWN),
        ({"schedule_type": None, "schedule_value": None, "timezone": None}, OWN),
        ({"schedule_type": 5, "schedule_value": [], "timezone": {}}, OWN),
        ({"schedule_value": "10:00"}, ScheduleFields("daily", "10:00", "Europe/Berlin")),
        ({"timezone": "UTC"}, ScheduleFields("daily", "09:00", "UTC")),
        ({"schedule_type": "daily"}, OWN),
        ({"schedule_type": "weekly"}, ScheduleFields("weekly", None, "Europe/Berlin")),
        ({"schedule_type": "cron"}, ScheduleFields("cron", None, "Europe/Berlin")),
        ({"schedule_type": "manual"}, ScheduleFields("manual", None, "Europe/Berlin")),
        (
            {"schedule_type": "cron", "schedule_value": "0 9 * * *", "timezone": "UTC"},
            ScheduleFields("cron", "0 9 * * *", "UTC"),
        ),
    ],
)
def test_what_a_node_states_wins(data: dict[str, JsonValue], expected: ScheduleFields) -> None:
    assert schedule_of(OWN, **data) == expected


@pytest.mark.parametrize(("kind", "value"), [("cron", "0 9 * * *"), ("interval", "0 9 * * *"), ("daily", None)])
def test_a_value_that_waits_beside_manual_is_for_a_type_that_needs_one(kind: str, value: str | None) -> None:
    own = ScheduleFields("manual", "0 9 * * *", "UTC")
    assert schedule_of(own, schedule_type=kind) == ScheduleFields(kind, value, "UTC")


def test_a_new_schedule_is_written_where_the_node_states_the_old_one() -> None:
    first, last = {"id": "a"}, {"id": "z"}
    nodes: list[JsonValue] = [first, trigger(z=1, schedule_value="09:00", a=2, timezone=None), last]
    node = scheduled_node(nodes)
    assert node is not None
    expected = trigger(z=1, schedule_value="0 9 * * *", a=2, timezone=None)
    changed = rewritten(nodes, node, ScheduleFields("cron", "0 9 * * *", "UTC"))
    assert dumps(changed) == dumps([first, expected, last])


def test_a_node_that_states_nothing_stays_as_it_is() -> None:
    nodes: list[JsonValue] = [trigger(mine=1)]
    node = scheduled_node(nodes)
    assert node is not None
    assert rewritten(nodes, node, OWN) == nodes
