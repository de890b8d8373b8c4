"""Every component there is, in the order in which the reference shows them."""

from app.graph.catalogue import Catalogue
from app.graph.node import Node
from app.nodes.altostrat_api import AltostratApi
from app.nodes.array_condition import ArrayCondition
from app.nodes.array_filter import ArrayFilter
from app.nodes.boolean_condition import BooleanCondition
from app.nodes.data_mapper import DataMapper
from app.nodes.date_condition import DateCondition
from app.nodes.date_transform import DateTransform
from app.nodes.delay import Delay
from app.nodes.event_trigger import EventTrigger
from app.nodes.get_ip_details import GetIpDetails
from app.nodes.interactive_form import InteractiveForm
from app.nodes.iterator import Iterator
from app.nodes.json_parser import JsonParser
from app.nodes.logical_group_condition import LogicalGroupCondition
from app.nodes.manual_trigger import ManualTrigger
from app.nodes.markdown_to_pdf import MarkdownToPdf
from app.nodes.number_condition import NumberCondition
from app.nodes.scheduled_trigger import ScheduledTrigger
from app.nodes.send_email import SendEmail
from app.nodes.send_notification import SendNotification
from app.nodes.soap import Soap
from app.nodes.ssh import Ssh
from app.nodes.string_condition import StringCondition
from app.nodes.string_transform import StringTransform
from app.nodes.subflow_trigger import SubflowTrigger
from app.nodes.switch_condition import SwitchCondition
from app.nodes.sync_request_trigger import SyncRequestTrigger
from app.nodes.terminate import Terminate
from app.nodes.text_transform import TextTransform
from app.nodes.trigger_workflow import TriggerWorkflow
from app.nodes.validate import Validate
from app.nodes.webhook import Webhook
from app.nodes.webhook_trigger import WebhookTrigger
from app.nodes.wireguard_keys import WireguardKeys
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
    Iterator,
    TriggerWorkflow,
    InteractiveForm,
    Terminate,
    DataMapper,
    JsonParser,
    TextTransform,
    StringTransform,
    DateTransform,
    ArrayFilter,
    Validate,
    SendEmail,
    SendNotification,
    Ssh,
    Soap,
    GetIpDetails,
    MarkdownToPdf,
    WireguardKeys,
    StringCondition,
    NumberCondition,
    BooleanCondition,
    DateCondition,
    ArrayCondition,
    LogicalGroupCondition,
    SwitchCondition,
)
CATALOGUE = Catalogue(COMPONENTS)
