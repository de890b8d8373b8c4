"""Large graphs and long loops, as bodies of POST /workflows."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from app.core.json import dumps

SECTIONS = 10  # each ends in a join
BRANCHES = 5  # a section
NODES = 500
_LINKS = 8  # a branch, behind its condition

Json = Mapping[str, object]
Drawn = tuple[list[Json], list[Json]]


def body_of(drawn: Drawn) -> bytes:
    nodes, edges = drawn
    return dumps({"name": "Measured", "nodes": nodes, "edges": edges}).encode()


def wide(said: str) -> Drawn:
    """Return 500 nodes: ten sections of five branches each, which begin with a condition and end in a join.

    `said` stands in every text, so that nobody has read its template before.
    """
    nodes: list[Json] = [_node("n1", "manual_trigger")]
    edges: list[Json] = []
    end = "n1"
    for section in range(SECTIONS):
        join = f"join{section}"
        for branch in range(BRANCHES):
            _add_branch(nodes, edges, (end, f"s{section}b{branch}", join), said)
        nodes.append(_text(join, f"s{section}b0l{_LINKS - 1}", said))
        end = join
    while len(nodes) < NODES:
        nodes.append(_text(f"end{len(nodes)}", end, said))
        edges.append(_edge(end, str(nodes[-1]["id"])))
        end = str(nodes[-1]["id"])
    return nodes, edges


def _add_branch(nodes: list[Json], edges: list[Json], ends: tuple[str, str, str], said: str) -> None:
    before, name, join = ends
    rule = {"input": "{{ n1.run_id }}", "operator": "starts_with", "value": "fl_run_"}
    nodes.append(_node(name, "string_condition", **rule))
    edges.append(_edge(before, name))
    links = [_text(f"{name}l{place}", f"{name}l{place - 1}" if place else "n1", said) for place in range(_LINKS)]
    nodes += links
    way = [name, *(str(link["id"]) for link in links), join]
    edges += [_edge(one, other, "true" if one == name else None) for one, other in pairwise(way)]


def texts_of(drawn: Drawn) -> Sequence[str]:
    """Return the templates of a graph's texts."""
    settings = (node["data"] for node in drawn[0])
    return [str(data["template"]) for data in settings if isinstance(data, Mapping) and "template" in data]


def calling(url: str, items: int, at_once: int) -> Drawn:
    """Return a loop whose items call `url` as the measured workflow does."""
    message = '{"message": "Welcome!", "run_id": "{{ n1.run_id }}"}'
    hook = _node("n3", "webhook", method="POST", url=url, body=message)
    return _loop(hook, items, mode="parallel", concurrency=at_once)


def filling(items: int) -> Drawn:
    """Return a loop whose items each put out the page that the run is given."""
    page = [{"key": "page", "value": "{{ n1.page }}"}]
    return _loop(_node("n3", "data_mapper", mappings=page), items, mode="parallel", concurrency=10)


def _loop(body: Json, items: int, **mode: object) -> Drawn:
    nodes = [_node("n1", "manual_trigger"), _node("n2", "iterator", array=list(range(items)), **mode), body]
    return nodes, [_edge("n1", "n2"), _edge("n2", "n3", "item"), _edge("n3", "n2")]


def _text(node_id: str, read: str, said: str) -> Json:
    template = f"{said} {node_id} of {{{{ n1.run_id }}}} behind {{{{ {read}.text | size }}}}"
    return _node(node_id, "text_transform", template=template)


def _node(node_id: str, component: str, **settings: object) -> Json:
    data = {"componentId": component, **settings}
    return {"id": node_id, "type": component, "position": {"x": 0, "y": 0}, "data": data}


def _edge(source: str, target: str, handle: str | None = None) -> Json:
    edge = {"id": f"{source}-{target}", "source": source, "target": target}
    return edge if handle is None else {**edge, "sourceHandle": handle}
