import pytest

from app.graph.node import ActionSettings, Settings
from tests.factories.graphs import Fork
from tests.factories.steps import StepContext


def test_an_action_has_the_settings_of_actions() -> None:
    settings = ActionSettings(continue_on_error=True)

    assert Fork("n1", settings).action_settings is settings


def test_an_action_without_them_is_a_mistake_in_its_component() -> None:
    with pytest.raises(TypeError, match=r"^Fork must take ActionSettings$"):
        _ = Fork("n1", Settings()).action_settings


async def test_an_action_that_never_waits_cannot_go_on_after_a_wait() -> None:
    with pytest.raises(TypeError, match=r"^fork does not wait$"):
        await Fork("n1", ActionSettings()).resume(StepContext(), {})
