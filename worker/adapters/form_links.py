"""The address of a form that is about to wait, as the API shows it once it does."""

from dataclasses import dataclass

from app.graph.ports import FormLink
from app.runs.form_tokens import FormPlace, FormTokens


@dataclass(frozen=True, slots=True)
class WaitLinks:
    """Implements `app.graph.ports.FormLinks` for one attempt."""

    tokens: FormTokens
    place: FormPlace

    def issue(self) -> FormLink:
        """See the port."""
        issued = self.tokens.issue(self.place)
        return FormLink(self.tokens.url_of(issued.token), issued.token, issued.key_id)
