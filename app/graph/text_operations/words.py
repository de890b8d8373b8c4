"""Words within a text, and the cases in which they are written."""

import re
import unicodedata

import regex

_BOUNDARIES = regex.compile(r"(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})", regex.VERSION1)
_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+")
_NATURAL_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+(?:['\u2019][\p{L}\p{M}]+)*")
_MARKS = regex.compile(r"\p{M}+")
_NO_SLUG = re.compile(r"[^a-z0-9]+")
_CHARACTER = regex.compile(r"\X")
_LETTERS = str.maketrans({"æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "\u0131": "i"})


def words(text: str) -> list[str]:
    """Return the words that blanks, signs and capital letters part: `parseJSONText` has three."""
    found: list[str] = _WORD.findall(_BOUNDARIES.sub(" ", text))
    return found


def camel(text: str) -> str:
    first, *others = words(text) or [""]
    return first.lower() + "".join(word.capitalize() for word in others)


def snake(text: str) -> str:
    return "_".join(words(text)).lower()


def kebab(text: str) -> str:
    return "-".join(words(text)).lower()


def title(text: str) -> str:
    """Return the text with a capital letter at the start of each word, and no other ones."""
    return _NATURAL_WORD.sub(lambda word: word[0].capitalize(), text)


def slug(text: str, separator: str) -> str:
    """Return what is left in plain Latin letters and digits, with a separator for all else."""
    plain = _MARKS.sub("", unicodedata.normalize("NFKD", text)).casefold().translate(_LETTERS)
    return separator.join(part for part in _NO_SLUG.split(plain) if part)


def reverse(text: str) -> str:
    """Return the text from its end, each character with the marks that belong to it."""
    return "".join(reversed(_CHARACTER.findall(text)))
