"""Column types that several tables share."""

from datetime import datetime
from typing import Annotated

from sqlalchemy import DateTime, Text
from sqlalchemy.dialects.postgresql import JSON
from sqlalchemy.orm import mapped_column

# Ids sort by byte: partitions and pages rely on it, whatever the database's own collation is.
Id = Annotated[str, mapped_column(Text(collation="C"))]
Moment = Annotated[datetime, mapped_column(DateTime(timezone=True))]

JSON_TEXT = JSON()  # `json`, never `jsonb`: bytes stay as serialized
