"""`virga import` of workflows that start by themselves."""

import pytest

from tests.cli.repository import Repository
from tests.factories.workflows import node, workflow


def test_importing_what_is_there_lets_a_stopped_schedule_go_on(repository: Repository, own_id: str) -> None:
    """As all of them are stopped after a restore."""
    posted = repository.file(workflow(id=own_id, schedule_type="daily"))
    repository.load(posted)
    repository.execute("UPDATE workflows SET next_run_at = NULL WHERE org_id = :org")
    assert repository.load(posted) == 0
    [row] = repository.rows("SELECT next_run_at FROM workflows WHERE org_id = :org")
    assert row.next_run_at is not None


def test_a_schedule_that_only_a_node_states_is_the_same_at_each_import(
    repository: Repository, own_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    trigger = node("t", "scheduled_trigger", schedule_type="daily", schedule_value="09:00")
    file = repository.file(workflow(trigger, id=own_id, schedule_type="manual"))
    repository.load(file)
    capsys.readouterr()
    assert repository.load(file) == 0
    assert capsys.readouterr().out.splitlines()[0] == f"unchanged  {own_id}  Test"
    assert [saved["schedule_type"] for saved in repository.saved()] == ["daily"]
