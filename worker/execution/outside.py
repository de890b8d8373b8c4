"""The ways out of a worker, as its runs share them, and as one step sees them."""

from dataclasses import dataclass

from app.graph.ports import Channels, FormLinks, Http, IpDatabase, Mail, Outside, PdfPrinter, Platform, Ssh, VaultWriter
from worker.adapters.platform import Platforms
from worker.adapters.soap.lazy import LazySoap
from worker.adapters.vault_writer import VaultWriters
from worker.execution.masking import LearningLinks, LearningVault, WatchedHttp, WatchedMail
from worker.execution.secrets import RunSecrets


@dataclass(frozen=True, slots=True)
class WaysOut:
    """What is opened once a worker."""

    http: Http
    platforms: Platforms
    mail: Mail
    channels: Channels
    ssh: Ssh
    soap: LazySoap
    pdf: PdfPrinter
    vaults: VaultWriters
    ip_database: IpDatabase

    def of_step(self, secrets: RunSecrets, platform: Platform, vault: VaultWriter, form_link: FormLinks) -> Outside:
        """Return the ways out of one step, whose secrets are masked in what comes back."""
        http = WatchedHttp(self.http, secrets) if secrets.has_any else self.http
        return Outside(
            http=http,
            platform=platform,
            mail=WatchedMail(self.mail, secrets) if secrets.has_any else self.mail,
            channels=self.channels,
            ssh=self.ssh,
            soap=self.soap.over(http),
            pdf=self.pdf,
            vault=LearningVault(vault, secrets),
            ip_database=self.ip_database,
            form_link=LearningLinks(form_link, secrets),
        )
