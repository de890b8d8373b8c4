"""What a workflow may not do whose caller waits for the answer: nothing in it can park, and something must respond."""

from collections.abc import Iterator

from app.graph.errors import Issue
from app.graph.node import Action, Retry
from app.graph.validation.subject import Subject

LONGEST_PAUSE_SECONDS = 5.0  # between attempts: a longer one parks the run


def nothing_keeps_the_caller_waiting(subject: Subject) -> Iterator[Issue]:
    if not _is_awaited(subject):
        return
    actions = {node_id: node for node_id, node in subject.nodes.items() if isinstance(node, Action)}
    for node_id, node in actions.items():
        path = subject.specs[node_id].path
        if node.parks:
            message = f"{node_id} waits, which no node of a synchronous workflow may: its caller is waiting too."
            yield Issue(f"{path}.data.componentId", message, node_id)
        retry = node.action_settings.retry
        if retry is not None and _longest_pause_seconds(retry) > LONGEST_PAUSE_SECONDS:
            message = (
                f"{node_id} pauses for up to {_longest_pause_seconds(retry):g} seconds between attempts;"
                f" in a synchronous workflow {LONGEST_PAUSE_SECONDS:g} are the most."
            )
            yield Issue(f"{path}.data.retry", message, node_id)


def somebody_responds(subject: Subject) -> Iterator[Issue]:
    if _is_awaited(subject) and len(subject.definition.nodes) == len(subject.triggers):
        spec = subject.triggers[0]
        message = (
            "A synchronous workflow needs a node that responds: the last one does, or one with is_response."
            " Add a node behind the trigger, such as a text_transform."
        )
        yield Issue(spec.path, message, spec.id)


def _is_awaited(subject: Subject) -> bool:
    kinds = (subject.kind_of(spec) for spec in subject.triggers)
    return any(kind is not None and kind.is_awaited for kind in kinds)


def _longest_pause_seconds(retry: Retry) -> float:
    pauses = retry.max_attempts - 1
    if pauses < 1:
        return 0.0
    return retry.delay_seconds * (2 ** (pauses - 1) if retry.backoff == "exponential" else 1)
