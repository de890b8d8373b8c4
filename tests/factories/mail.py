"""Messages of mail as whoever gets them reads them."""

from email import message_from_bytes, policy
from email.message import EmailMessage


def received(message: bytes) -> EmailMessage:
    """Return a message that was sent, its lines ended as Python has them."""
    return message_from_bytes(message.replace(b"\r\n", b"\n"), policy=policy.default)
