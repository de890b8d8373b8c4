"""What a target was asked, by the step that asked."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from tests.fixtures.target import Target

_KEY = b"idempotency-key: "


def step_of(request: bytes) -> str:
    """Return the Idempotency-Key of a request: `<run>::<node>`, the same for all attempts."""
    head = request.split(b"\r\n\r\n")[0]
    [line] = [line for line in head.split(b"\r\n") if line.lower().startswith(_KEY)]
    return line[len(_KEY) :].decode()


def steps_of(requests: Sequence[bytes]) -> list[str]:
    return [step_of(request) for request in requests]


def repeated(target: Target) -> set[str]:
    """Return the steps that asked more than once."""
    return {step for step, count in Counter(steps_of(target.requests)).items() if count > 1}


def most_often(target: Target) -> int:
    """Return how often the step that asked most often did."""
    return max(Counter(steps_of(target.requests)).values())


def changed(target: Target) -> set[str]:
    """Return the steps that did not ask with the same bytes each time."""
    asked: dict[str, set[bytes]] = defaultdict(set)
    for request in target.requests:
        asked[step_of(request)].add(request)
    return {step for step, requests in asked.items() if len(requests) > 1}
