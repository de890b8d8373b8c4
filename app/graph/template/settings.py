"""Finding the templates in a component's settings."""

from collections.abc import Iterator, Mapping

from pydantic import BaseModel

from app.graph.template.template import Template


def iter_templates(settings: BaseModel) -> Iterator[tuple[str, Template[object]]]:
    """Give every template with its path as the settings are posted, such as `headers[0].value`."""
    for name, field in type(settings).model_fields.items():
        yield from _templates(getattr(settings, name), field.alias or name)


def _templates(value: object, path: str) -> Iterator[tuple[str, Template[object]]]:
    match value:
        case Template():
            yield path, value
        case BaseModel():
            for below, template in iter_templates(value):
                yield f"{path}.{below}", template
        case Mapping():
            for key, item in value.items():
                yield from _templates(item, f"{path}.{key}")
        case list() | tuple():
            for index, item in enumerate(value):
                yield from _templates(item, f"{path}[{index}]")
