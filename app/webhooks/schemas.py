"""What callers of webhooks get."""

from pydantic import BaseModel, Field

from app.runs.states import RunStatus


class WebhookAccepted(BaseModel):
    """The run that the call has started."""

    id: str = Field(examples=["fl_run_01kaq3v0c3s8y5b1f7f3q2d6te"])
    status: RunStatus


class ChallengeAnswer(BaseModel):
    """The word that Slack has sent, back to it."""

    challenge: str = Field(examples=["3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"])
