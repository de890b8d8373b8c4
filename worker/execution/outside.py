"""The ways out of a worker, as its runs share them, and as one step sees them."""

from dataclasses import dataclass

from app.graph.ports import Channels, Http, Mail, Outside, Platform, Ssh
from worker.adapters.platform import Platforms
from worker.execution.secrets import RunSecrets


@dataclass(frozen=True, slots=True)
class WaysOut:
    """What is opened once a worker."""

    http: Http
    platforms: Platforms
    mail: Mail
    channels: Channels
    ssh: Ssh

    def of_step(self, secrets: RunSecrets, platform: Platform) -> Outside:
        """Return the ways out of one step, whose secrets are masked in what comes back."""
        return Outside(
            http=secrets.watched(self.http),
            platform=platform,
            mail=secrets.watched_mail(self.mail),
            channels=self.channels,
            ssh=self.ssh,
        )
