"""Events by name: dots part a name into segments, and a pattern such as `site.*` stands for all that begin so."""

import re

MAX_CHARACTERS = 255
MAX_SEGMENTS = 16  # each makes one more pattern to look for

ANY = "*"
_NAME = r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*"
EVENT = re.compile(_NAME)
_PATTERN = re.compile(rf"(?:{_NAME}\.)?\*|{_NAME}")


def check_event(name: str) -> str:
    """Return the name of an event. Raises `ValueError` with a sentence."""
    return _checked(name, EVENT, 'An event has a name such as "site.added"')


def check_pattern(pattern: str) -> str:
    """Return the name of an event, or a pattern of names. Raises `ValueError` with a sentence."""
    return _checked(pattern, _PATTERN, 'What to listen to is an event such as "site.added", a pattern such as "site.*"')


def patterns_for(event: str) -> list[str]:
    """Return the event and every pattern that it fits: a wildcard stands for one segment or more."""
    segments = event.split(".")
    starts = [".".join(segments[:count]) for count in range(len(segments) - 1, 0, -1)]
    return [event, *(f"{start}.{ANY}" for start in starts), ANY]


def _checked(name: str, form: re.Pattern[str], what: str) -> str:
    if len(name) <= MAX_CHARACTERS and name.count(".") < MAX_SEGMENTS and form.fullmatch(name):
        return name
    raise ValueError(
        f"{what}: letters, digits, _ and -, parted by dots into at most {MAX_SEGMENTS} segments,"
        f" at most {MAX_CHARACTERS} characters."
    )
