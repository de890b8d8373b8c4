"""The outside, as nodes see it. Implemented in `worker.adapters`; tests ship written doubles."""

from dataclasses import dataclass

from app.graph.ports.departure import FREE, Departure
from app.graph.ports.forms import FormLink, FormLinks
from app.graph.ports.http import Http, HttpAnswer, HttpCall, Platform
from app.graph.ports.mail import Channels, Mail, Mailing, MailSecurity, MailServer, Notification, RefusedRecipient
from app.graph.ports.pdf import Pdf, PdfOrder, PdfPrinter
from app.graph.ports.soap import Soap, SoapCall, SoapToken
from app.graph.ports.ssh import Ssh, SshSession, SshTarget
from app.graph.ports.stores import IpDatabase, VaultWriter


@dataclass(frozen=True, slots=True)
class Outside:
    """Every way out that a step has."""

    http: Http
    platform: Platform
    mail: Mail
    channels: Channels
    ssh: Ssh
    soap: Soap
    pdf: PdfPrinter
    vault: VaultWriter
    ip_database: IpDatabase
    form_link: FormLinks


__all__ = [
    "FREE",
    "Channels",
    "Departure",
    "FormLink",
    "FormLinks",
    "Http",
    "HttpAnswer",
    "HttpCall",
    "IpDatabase",
    "Mail",
    "MailSecurity",
    "MailServer",
    "Mailing",
    "Notification",
    "Outside",
    "Pdf",
    "PdfOrder",
    "PdfPrinter",
    "Platform",
    "RefusedRecipient",
    "Soap",
    "SoapCall",
    "SoapToken",
    "Ssh",
    "SshSession",
    "SshTarget",
    "VaultWriter",
]
