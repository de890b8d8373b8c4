"""Ways out of a step that lead nowhere: they note what they are asked, and answer what they were given."""

from collections.abc import Collection, Mapping

from app.core.json import JsonObject, JsonValue
from app.graph.errors import PermanentError, StepError
from app.graph.ports import FormLink, Pdf, PdfOrder, SoapCall


class NotedVault:
    """Keeps what steps store; a name that was `kept_before` keeps its secret, one that is `taken` is refused."""

    def __init__(self, kept_before: Mapping[str, str] | None = None, taken: Collection[str] = ()) -> None:
        self.kept = dict(kept_before or {})
        self._taken = taken

    async def store(self, name: str, secret: str) -> str:
        if name in self._taken:
            raise PermanentError(f"{name} is taken")
        return self.kept.setdefault(name, secret)


class NotedLink:
    """Issues one address, and counts how often it was asked for it."""

    def __init__(self) -> None:
        self.issued = 0

    def issue(self) -> FormLink:
        self.issued += 1
        return FormLink("https://virga.example/f/t0ken-of-the-form", "t0ken-of-the-form", "k7")


class ListedAddresses:
    """Knows of the addresses that it was given."""

    def __init__(self, known: Mapping[str, JsonObject] | None = None) -> None:
        self._known = known or {}

    async def find(self, address: str) -> JsonObject | None:
        return self._known.get(address)


class NotingPrinter:
    """Keeps every order, and prints what it was given."""

    def __init__(self, printed: Pdf | None = None) -> None:
        self.orders: list[PdfOrder] = []
        self._printed = printed or Pdf(b"%PDF-", 1, "")

    async def print_markdown(self, order: PdfOrder) -> Pdf:
        self.orders.append(order)
        return self._printed


class NotingSoap:
    """Keeps every call, and answers or raises what it was given."""

    def __init__(self, answer: JsonValue | StepError = None) -> None:
        self.calls: list[SoapCall] = []
        self._answer = answer

    async def call(self, call: SoapCall) -> JsonValue:
        self.calls.append(call)
        if isinstance(self._answer, StepError):
            raise self._answer
        return self._answer
