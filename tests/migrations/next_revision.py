"""The schema after this one, as the next version may bring it: a column more in `runs`, and a table."""

import os
from pathlib import Path

from alembic import command
from alembic.config import Config

import migrations
from app.models.schema_version import REQUIRED_REVISION

NEXT = f"{int(REQUIRED_REVISION) + 1:04}"
_REVISION = f'''"""Only adds, as every migration within a minor version."""

import sqlalchemy as sa
from alembic import op

revision = "{NEXT}"
down_revision = "{REQUIRED_REVISION}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("runs", sa.Column("colour", sa.Text()))
    op.create_table("paints", sa.Column("id", sa.Text(), primary_key=True))


def downgrade() -> None:
    op.drop_table("paints")
    op.drop_column("runs", "colour")
'''


def write_next_revision(folder: Path) -> None:
    (folder / f"{NEXT}_paints.py").write_text(_REVISION)


def go_on_to(folder: Path) -> None:
    """Let migrations of this process lead to the revisions in a folder, beyond those of the product."""
    upgrade = command.upgrade

    def upgrade_further(config: Config, revision: str) -> None:
        ours = Path(migrations.__file__).parent / "versions"
        config.set_main_option("path_separator", "os")
        config.set_main_option("version_locations", f"{ours}{os.pathsep}{folder}")
        upgrade(config, revision)

    command.upgrade = upgrade_further  # type: ignore[assignment] # one that takes no options
