"""What can be done to a text, one operation after the other, within bounds of time and size."""

from app.graph.text_operations.binding import Operations, name_alone
from app.graph.text_operations.chain import Chain

__all__ = ["Chain", "Operations", "name_alone"]
