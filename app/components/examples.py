"""What the OpenAPI document shows about components: the first of them, as it is."""

from typing import Any

from app.components.service import all_components

FIRST: dict[str, Any] = all_components().components[0].model_dump()
