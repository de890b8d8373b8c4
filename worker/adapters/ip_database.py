"""A database of addresses in MaxMind's format, mapped into memory; or none."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import maxminddb
from maxminddb.types import Record

from app.core.errors import SetupError
from app.core.json import JsonObject, JsonValue
from app.graph.errors import PermanentError

_LANGUAGE = "en"
_PLACES: Mapping[str, tuple[str | int, ...]] = {  # of what is put out, in a record
    "continent": ("continent", "names", _LANGUAGE),
    "continent_code": ("continent", "code"),
    "country": ("country", "names", _LANGUAGE),
    "country_code": ("country", "iso_code"),
    "region": ("subdivisions", 0, "names", _LANGUAGE),
    "region_code": ("subdivisions", 0, "iso_code"),
    "city": ("city", "names", _LANGUAGE),
    "postal_code": ("postal", "code"),
    "latitude": ("location", "latitude"),
    "longitude": ("location", "longitude"),
    "timezone": ("location", "time_zone"),
    "asn": ("autonomous_system_number",),
    "organization": ("autonomous_system_organization",),
}


class MaxMindDatabase:
    """Implements `app.graph.ports.IpDatabase` with a file, or without one."""

    def __init__(self, file: Path | None) -> None:
        """Open the file. Raises `SetupError`."""
        self._reader: maxminddb.Reader | None = _opened(file) if file else None

    async def find(self, address: str) -> JsonObject | None:
        """See the port."""
        if self._reader is None:
            return None
        try:
            record, prefix = self._reader.get_with_prefix_len(address)
        except maxminddb.InvalidDatabaseError:
            raise PermanentError("The database of addresses is damaged where this address stands.") from None
        except ValueError:  # an IPv6 address, in a database of IPv4 alone
            return None
        if record is None:
            return None
        return {"prefix_length": prefix, **{name: _at(record, place) for name, place in _PLACES.items()}}

    def close(self) -> None:
        if self._reader is not None:
            self._reader.close()


def _opened(file: Path) -> maxminddb.Reader:
    try:
        return maxminddb.open_database(file)
    except (OSError, maxminddb.InvalidDatabaseError) as error:
        what = "cannot be read" if isinstance(error, OSError) else "is not a database in MaxMind's format"
        raise SetupError(f"VIRGA_GEOIP_FILE: {file} {what}.") from None


def _at(record: Record, place: Sequence[str | int]) -> JsonValue:
    at: object = record
    for part in place:
        if isinstance(part, str):
            at = at.get(part) if isinstance(at, Mapping) else None
        else:
            at = at[part] if isinstance(at, list) and len(at) > part else None
    return at if isinstance(at, str | int | float) else None
