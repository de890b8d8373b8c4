"""What a `Content-Type` header says of a body."""

from dataclasses import dataclass

FORM = "application/x-www-form-urlencoded"
HTML = "text/html"
JSON = "application/json"
TEXT = "text/plain"


@dataclass(frozen=True, slots=True)
class MediaType:
    """The type in lower case, such as `text/plain`, and each charset that it is announced in."""

    name: str
    charsets: tuple[str, ...] = ()

    @classmethod
    def parse(cls, announced: str) -> "MediaType":
        """Read the header. What is no media type gets a name that fits none."""
        name, *parameters = (part.strip().lower() for part in announced.split(";"))
        pairs = (text.partition("=") for text in parameters)
        return cls(name, tuple(value.strip('" ') for key, _, value in pairs if key == "charset"))

    @property
    def is_json(self) -> bool:
        return self.name == JSON or (self.name.startswith("application/") and self.name.endswith("+json"))

    @property
    def is_form(self) -> bool:
        return self.name == FORM

    @property
    def is_text(self) -> bool:
        """Say whether it is text for its reader to make sense of, such as XML."""
        return self.name.startswith("text/") or self.name == "application/xml" or self.name.endswith("+xml")
