"""What the OpenAPI document shows about components: the first of them, as it is."""

from typing import Any

from app.components.service import first_component

FIRST: dict[str, Any] = first_component().model_dump()
