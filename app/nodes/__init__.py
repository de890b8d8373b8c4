"""Every component there is, in the order in which the reference shows them."""

from app.graph.catalogue import Catalogue
from app.graph.node import Node
from app.nodes.altostrat_api import AltostratApi
from app.nodes.boolean_condition import BooleanCondition
from app.nodes.data_mapper import DataMapper
from app.nodes.delay import Delay
from app.nodes.event_trigger import EventTrigger
from app.nodes.manual_trigger import ManualTrigger
from app.nodes.number_condition import NumberCondition
from app.nodes.scheduled_trigger import ScheduledTrigger
from app.nodes.string_condition import StringCondition
from app.nodes.subflow_trigger import SubflowTrigger
from app.nodes.switch_condition import SwitchCondition
from app.nodes.sync_request_trigger import SyncRequestTrigger
from app.nodes.terminate import Terminate
from app.nodes.text_transform import TextTransform
from app.nodes.webhook import Webhook
from app.nodes.webhook_trigger import WebhookTrigger
from app.nodes.workflow_trigger import WorkflowTrigger

COMPONENTS: tuple[type[Node], ...] = (
    ManualTrigger,
    ScheduledTrigger,
    WebhookTrigger,
    SyncRequestTrigger,
    WorkflowTrigger,
    SubflowTrigger,
    EventTrigger,
    Webhook,
    AltostratApi,
    Delay,
    Terminate,
    DataMapper,
    TextTransform,
    StringCondition,
    NumberCondition,
    BooleanCondition,
    SwitchCondition,
)
CATALOGUE = Catalogue(COMPONENTS)
