"""What a synchronous caller gets of a run: the responding step's output as an HTTP answer."""

from dataclasses import dataclass

from app.core.json import JsonObject, dumps

JSON_TYPE = "application/json"
OK = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer's status, its body as text, and the body's media type."""

    status: int
    content_type: str
    body: str

    def as_json(self) -> JsonObject:
        """Return what is stored of it."""
        return {"status": self.status, "content_type": self.content_type, "body": self.body}


def json_answer(output: JsonObject) -> Answer:
    return Answer(OK, JSON_TYPE, dumps(output))
