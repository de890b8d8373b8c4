"""Ports as settings write them."""

from typing import Annotated

from pydantic import AfterValidator

from app.graph.kinds import shown
from app.graph.shapes import number_within
from app.graph.static_checks import check_static
from app.graph.template import NumberTemplate

_PORTS = range(1, 65_536)


def port_of(number: float) -> int:
    """Return the port that a number says. Raises `ValueError`."""
    if number not in _PORTS:
        raise ValueError(f'"port" must be a whole number from 1 to 65535; it is {shown(number)}.')
    return int(number)


def _checked(port: NumberTemplate) -> NumberTemplate:
    check_static(port, port_of)
    return port


Port = Annotated[NumberTemplate, AfterValidator(_checked), number_within(_PORTS[0], _PORTS[-1], "integer")]
