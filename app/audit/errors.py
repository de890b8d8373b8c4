"""What can go wrong with reading the audit log."""

from app.core.errors import VirgaError

AUDIT_ERRORS: tuple[type[VirgaError], ...] = ()
