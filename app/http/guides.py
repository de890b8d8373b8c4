"""Pages that explain the concepts: plain HTML that lies beside the code, with this server's own address in it."""

import html
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

_FOLDER = files("app.http") / "static" / "guides"
_BASE = "%BASE%"


@dataclass(frozen=True, slots=True)
class Guide:
    """One page. `text` is HTML without a frame."""

    name: str
    title: str
    summary: str

    @property
    def text(self) -> str:
        return (_FOLDER / f"{self.name}.html").read_text()

    def body(self, public_url: str) -> str:
        return self.text.replace(_BASE, html.escape(public_url))


GUIDES: Mapping[str, Guide] = {
    guide.name: guide
    for guide in (
        Guide("runs", "Runs", "how they are walked, followed, cancelled, repeated and resumed"),
        Guide("nodes", "Components", "every component with its settings, outputs, handles and an example"),
        Guide("examples", "Examples", "workflows to start from, and how to get them onto this server"),
        Guide("templates", "Templates", "how settings read what earlier nodes have put out"),
        Guide("vault", "The vault", "secrets in nodes, and API keys"),
        Guide("forms", "Forms", "letting a run wait for a person's answer"),
        Guide("webhooks", "Webhooks", "letting other systems start workflows, signed if you like"),
        Guide("sync", "Synchronous workflows", "calling a workflow and waiting for its answer"),
        Guide("schedules", "Schedules", "workflows that start by the clock"),
    )
}
