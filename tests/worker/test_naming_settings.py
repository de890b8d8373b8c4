"""A step whose template comes to something unfit says which of its settings it was."""

from tests.worker.world import World, chain, node


async def test_a_setting_that_does_not_come_to_what_it_must_is_named(world: World) -> None:
    async with world.worker():
        workflow = await world.add_workflow(*chain(node("d", "delay", duration="{{ t.how_long }}", unit="seconds")))
        [row] = await world.ended(await world.start(workflow, context={"how_long": "soon"}))
    assert row.error_message == '"duration": This must come to a number.'


async def test_a_part_of_a_setting_is_named_by_its_place(world: World) -> None:
    buttons = [{"id": "yes"}, {"id": "no", "label": "{% for i in (1..100000) %}x{% endfor %}"}]
    async with world.worker():
        workflow = await world.add_workflow(*chain(node("f", "interactive_form", title="?", buttons=buttons)))
        [row] = await world.ended(await world.start(workflow))
    assert row.error_message == '"buttons[1].label": A range has at most 10000 numbers.'
