"""In which order definitions are saved that call each other, and how calls follow a workflow to its new id."""

from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from app.cli.definitions.form import Form
from app.core.json import JsonValue
from app.workflows.calls import callees_of, static_calls


class CircleError(Exception):
    """Definitions that call each other in a circle. `ids` are theirs, the first once more at the end."""

    def __init__(self, ids: Sequence[str]) -> None:
        super().__init__(" → ".join(ids))
        self.ids = tuple(ids)


def callees_first(forms: Sequence[Form]) -> list[int]:
    """Return the places of the forms such that whoever is called comes before who calls it. Raises `CircleError`."""
    places = {form.id: place for place, form in enumerate(forms) if form.id is not None}
    sorter: TopologicalSorter[int] = TopologicalSorter()
    for place, form in enumerate(forms):
        sorter.add(place, *sorted(places[callee] for callee in callees_of(form.nodes) if callee in places))
    try:
        return list(sorter.static_order())
    except CycleError as error:
        circle: list[int] = error.args[1]
        raise CircleError([str(forms[place].id) for place in reversed(circle)]) from None


def redirected(form: Form, new_ids: Mapping[str, str]) -> Form:
    """Return the form with the calls of workflows that have new ids leading there."""
    nodes: list[JsonValue] = list(form.nodes)
    for call in static_calls(form.nodes):
        if call.callee_id in new_ids:
            nodes[call.place] = _calling(nodes[call.place], new_ids[call.callee_id])
    return form.model_copy(update={"nodes": nodes})


def _calling(node: JsonValue, workflow_id: str) -> JsonValue:
    if not isinstance(node, Mapping) or not isinstance(data := node.get("data"), Mapping):
        raise TypeError("a node that calls a workflow is an object, and so is its data")
    return {**node, "data": {**data, "workflow_id": workflow_id}}
