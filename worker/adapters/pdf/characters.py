"""What the fonts that every PDF reader has can show: Windows-1252. All else is written as near to it as can be."""

import unicodedata

ENCODING = "windows-1252"
UNKNOWN = "?"

_NEAR = {
    **dict.fromkeys("\u2010\u2011\u2012\u2212\ufe63", "-"),
    **dict.fromkeys("\u2015\u2500\u2501", "\u2014"),
    **dict.fromkeys("\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000", " "),
    **dict.fromkeys("\u25cf\u25e6\u25aa\u25ab\u2219\u2023", "\u2022"),
    "\u2192": "->",
    "\u2190": "<-",
    "\u2194": "<->",
    "\u21d2": "=>",
    "\u2264": "<=",
    "\u2265": ">=",
    "\u2260": "!=",
    "\u2713": "x",
    "\u2714": "x",
    "\u2705": "x",
    "\u2717": "-",
    "\u2718": "-",
    "\u2610": "[ ]",
    "\u2611": "[x]",
    "\u0141": "L",
    "\u0142": "l",
    "\u0110": "D",
    "\u0111": "d",
    "\u0131": "i",
    "\u0126": "H",
    "\u0127": "h",
}
_UNSEEN = frozenset("\u200b\u200c\u200d\u200e\u200f\u2060\ufe0e\ufe0f\ufeff\u00ad")  # they show nothing anyway


class Characters:
    """Writes texts so that they can be shown, and remembers which characters could not be."""

    def __init__(self) -> None:
        self._written: dict[str, str] = {}

    def shown(self, text: str) -> str:
        if text.isascii() and text.isprintable():
            return text
        return "".join(self._one(character) for character in text)

    @property
    def replaced(self) -> str:
        """Return each character that others stand for, once, in the order in which they came."""
        return "".join(character for character, written in self._written.items() if written)

    def _one(self, character: str) -> str:
        if _can_be_shown(character):
            return character
        if character not in self._written:
            self._written[character] = _near(character)
        return self._written[character]


def _near(character: str) -> str:
    if character in _UNSEEN or (unicodedata.category(character) in {"Cc", "Mn"}):
        return ""
    if character in _NEAR:
        return _NEAR[character]
    parts = unicodedata.normalize("NFKD", character)
    plain = "".join(part for part in parts if not unicodedata.combining(part))
    return plain if plain and all(map(_can_be_shown, plain)) else UNKNOWN


def _can_be_shown(character: str) -> bool:
    if character in "\n\t":
        return True
    try:
        character.encode(ENCODING)
    except UnicodeEncodeError:
        return False
    return character.isprintable() or character == "\xa0"
