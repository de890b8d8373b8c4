"""Every component there is, in the order in which the reference shows them."""

from app.graph.catalogue import Catalogue
from app.graph.node import Node
from app.nodes.manual_trigger import ManualTrigger
from app.nodes.webhook_trigger import WebhookTrigger

COMPONENTS: tuple[type[Node], ...] = (ManualTrigger, WebhookTrigger)
CATALOGUE = Catalogue(COMPONENTS)
