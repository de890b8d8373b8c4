"""What a synchronous call is answered with."""

from pydantic import BaseModel


class SyncAnswer(BaseModel):
    """The responding step's answer. Where no step responded it is an empty JSON object."""

    run_id: str
    status: int = 200
    content_type: str = "application/json"
    body: str = "{}"
