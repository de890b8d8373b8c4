"""Masking secrets by their values, wherever they turn up in JSON, in whichever spelling."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from app.core.json import JsonValue
from app.graph.spellings import spellings

MASK = "••••"
LEAST_CHARACTERS = 6  # of a secret that is looked for within texts: shorter ones stand there by chance

_START = LEAST_CHARACTERS  # characters that a pattern compares; a longer one would take long to compile, and to fail
_GROUPED = 3  # characters by which the pattern chooses among starts before it tries them one by one
_NUMBER = re.compile(r"[0-9.eE+-]+")


class Masker:
    """Masks a set of secrets, in time that grows with the text and hardly with the number of secrets.

    Immutable and usable from any thread. What holds none of the secrets comes back equal.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        known = frozenset(secrets)
        short = {text for secret in known for text in (secret, secret.strip()) if 0 < len(text) < LEAST_CHARACTERS}
        found = {form for secret in known if len(secret) >= LEAST_CHARACTERS for form in spellings(secret)}
        forms = sorted((form for form in found if len(form) >= LEAST_CHARACTERS), key=len, reverse=True)
        self._whole = frozenset(short)
        self._by_start: dict[str, list[str]] = defaultdict(list)
        for form in forms:
            self._by_start[form[:_START]].append(form)
        self._starts = re.compile(_either(self._by_start, _GROUPED), re.DOTALL) if forms else None
        self._masks_numbers = any(_NUMBER.fullmatch(form) for form in forms)
        self._may_arise_anew = any(MASK[0] in form for form in forms)

    def mask(self, value: JsonValue) -> JsonValue:
        """Return the value with each secret masked, in texts, keys and numbers."""
        match value:
            case str():
                return self.text(value)
            case None | bool():
                return value
            case Mapping():
                return {self.text(key): self.mask(item) for key, item in value.items()}
            case Sequence():
                return [self.mask(item) for item in value]
        return MASK if self._masks_numbers and any(self._found(str(value))) else value

    def text(self, text: str) -> str:
        """Return a text with each secret masked. A short secret is masked only where it is the whole text."""
        if text in self._whole:
            return MASK
        masked = self._masked_once(text)
        while self._may_arise_anew and masked != text:  # a secret with the mask's own character in it
            text, masked = masked, self._masked_once(masked)
        return masked

    def _masked_once(self, text: str) -> str:
        pieces, end = [], 0
        for start, stop in self._found(text):
            pieces += [text[end:start], MASK]
            end = stop
        return "".join([*pieces, text[end:]]) if pieces else text

    def _found(self, text: str) -> Iterator[tuple[int, int]]:
        """Give the stretches of text that secrets cover, those that overlap as one."""
        covered: tuple[int, int] | None = None
        for start, stop in self._occurrences(text):
            if covered and start > covered[1]:
                yield covered
                covered = None
            covered = (covered[0], max(covered[1], stop)) if covered else (start, stop)
        if covered:
            yield covered

    def _occurrences(self, text: str) -> Iterator[tuple[int, int]]:
        start = -1
        while self._starts and (candidate := self._starts.search(text, start + 1)):
            start = candidate.start()
            form = next((form for form in self._by_start[candidate.group()] if text.startswith(form, start)), None)
            if form:
                yield start, start + len(form)


def _either(words: Iterable[str], grouped: int) -> str:
    """Return a pattern for words of one length, grouped by their first characters."""
    if not grouped:
        return "|".join(re.escape(word) for word in sorted(words))
    groups: dict[str, list[str]] = defaultdict(list)
    for word in words:
        groups[word[0]].append(word[1:])
    return "|".join(f"{re.escape(first)}(?:{_either(rests, grouped - 1)})" for first, rests in sorted(groups.items()))
