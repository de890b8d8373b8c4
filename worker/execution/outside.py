"""The ways out of a worker, as its runs share them, and as one step sees them."""

from dataclasses import dataclass

from app.graph.ports import (
    Channels,
    Departure,
    FormLinks,
    Http,
    IpDatabase,
    Mail,
    Outside,
    PdfPrinter,
    Platform,
    Ssh,
    VaultWriter,
)
from worker.adapters.platform import Platforms
from worker.adapters.soap.lazy import LazySoap
from worker.adapters.vault_writer import VaultWriters
from worker.execution.gated import GatedChannels, GatedHttp, GatedMail, GatedSsh, GatedVault
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

    def of_step(
        self, secrets: RunSecrets, departure: Departure, platform: Platform, vault: VaultWriter, form_link: FormLinks
    ) -> Outside:
        """Return the ways out of one step, whose secrets are masked in what comes back.

        Before anything leaves on them, `departure` is asked.
        """
        http: Http = GatedHttp(self.http, departure)
        mail: Mail = GatedMail(self.mail, departure)
        if secrets.has_any:
            http, mail = WatchedHttp(http, secrets), WatchedMail(mail, secrets)
        return Outside(
            http=http,
            platform=GatedHttp(platform, departure),
            mail=mail,
            channels=GatedChannels(self.channels, departure),
            ssh=GatedSsh(self.ssh, departure),
            soap=self.soap.over(http),
            pdf=self.pdf,
            vault=LearningVault(GatedVault(vault, departure), secrets),
            ip_database=self.ip_database,
            form_link=LearningLinks(form_link, secrets),
        )
