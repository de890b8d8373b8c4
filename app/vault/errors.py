"""What can go wrong with the vault."""

from collections.abc import Sequence
from datetime import datetime

from app.core.clock import format_time
from app.core.errors import ConflictError, Fault, InvalidRequestError, NotFoundError, VirgaError


class VaultItemNotFoundError(NotFoundError):
    code = "vault_item_not_found"
    explanation = (
        "There is no vault item with this id in your organization. It may have been deleted, or belong to somebody"
        " else."
    )

    def __init__(self, vault_id: str) -> None:
        super().__init__(f'There is no vault item "{vault_id}".')


class VaultItemExpiredError(VaultItemNotFoundError):
    """To whoever wants to use its secret, an expired item is as good as none."""

    def __init__(self, name: str, expired_at: datetime) -> None:
        NotFoundError.__init__(self, f'The vault item "{name}" expired at {format_time(expired_at)}.')


class NameTakenError(ConflictError):
    code = "name_taken"
    explanation = (
        "Another vault item of your organization has this name. Choose another name, or change the item that has it."
    )

    def __init__(self, name: str) -> None:
        super().__init__(f'The vault has an item named "{name}" already.')


class VaultItemInvalidError(InvalidRequestError):
    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(f"{fault.path}: {fault.message}" for fault in faults) + ".", faults=faults)


VAULT_ERRORS: tuple[type[VirgaError], ...] = (
    VaultItemNotFoundError,
    VaultItemExpiredError,
    NameTakenError,
    VaultItemInvalidError,
)
