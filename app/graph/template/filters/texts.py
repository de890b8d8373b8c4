"""Filters for text."""

from app.graph.template import limits
from app.graph.template.faults import RefusedError
from app.graph.template.filters.arguments import whole
from app.graph.template.values import text_of


def append(left: object, suffix: object) -> str:
    return text_of(left) + text_of(suffix)


def prepend(left: object, prefix: object) -> str:
    return text_of(prefix) + text_of(left)


def upcase(left: object) -> str:
    return text_of(left).upper()


def downcase(left: object) -> str:
    return text_of(left).lower()


def capitalize(left: object) -> str:
    return text_of(left).capitalize()


def strip(left: object) -> str:
    return text_of(left).strip()


def lstrip(left: object) -> str:
    return text_of(left).lstrip()


def rstrip(left: object) -> str:
    return text_of(left).rstrip()


def squish(left: object) -> str:
    return " ".join(text_of(left).split())


def strip_newlines(left: object) -> str:
    return text_of(left).replace("\r\n", "").replace("\n", "")


def replace(left: object, old: object, new: object = "") -> str:
    text, searched, given = text_of(left), text_of(old), text_of(new)
    growth = text.count(searched) * (len(given) - len(searched))
    if len(text) + growth > limits.TEXT_LENGTH:  # before it is made, since each link of a chain multiplies
        raise RefusedError(f"`replace` would make more than {limits.TEXT_LENGTH} characters.")
    return text.replace(searched, given)


def replace_first(left: object, old: object, new: object = "") -> str:
    return text_of(left).replace(text_of(old), text_of(new), 1)


def replace_last(left: object, old: object, new: object = "") -> str:
    text, searched = text_of(left), text_of(old)
    start = text.rfind(searched)
    return text if start < 0 else text[:start] + text_of(new) + text[start + len(searched) :]


def remove(left: object, old: object) -> str:
    return text_of(left).replace(text_of(old), "")


def remove_first(left: object, old: object) -> str:
    return replace_first(left, old)


def remove_last(left: object, old: object) -> str:
    return replace_last(left, old)


def truncate(left: object, length: object = None, ellipsis: object = "...") -> str:
    text, end, most = text_of(left), text_of(ellipsis), whole(length, 50, "truncate")
    if len(text) <= most:
        return text
    return text[: max(most - len(end), 0)] + end


def truncatewords(left: object, count: object = None, ellipsis: object = "...") -> str:
    text, most = text_of(left), max(whole(count, 15, "truncatewords"), 1)
    if most > len(text):
        return text
    words = text.split(maxsplit=most)
    return text if len(words) <= most else " ".join(words[:most]) + text_of(ellipsis)


def split(left: object, separator: object) -> list[str]:
    text, mark = text_of(left), text_of(separator)
    if mark:
        parts = text.split(None if mark == " " else mark, limits.SEQUENCE_LENGTH)
    else:
        parts = list(text[: limits.SEQUENCE_LENGTH + 1])
    if len(parts) > limits.SEQUENCE_LENGTH:
        raise RefusedError(f"`split` makes at most {limits.SEQUENCE_LENGTH} parts.")
    while parts and not parts[-1]:
        parts.pop()
    return parts
