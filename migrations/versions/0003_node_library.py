"""Schedules, forms, calls between workflows, and secrets that steps store.

Revision ID: 0003
"""

from collections.abc import Sequence

from alembic import op

revision = "0003"
down_revision: str | None = "0002"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

TABLES = {
    "schedule_firings": """
        workflow_id text COLLATE "C" NOT NULL,
        scheduled_for timestamptz NOT NULL,
        org_id text COLLATE "C" NOT NULL,
        run_id text COLLATE "C",
        fired_at timestamptz NOT NULL,
        CONSTRAINT pk_schedule_firings PRIMARY KEY (workflow_id, scheduled_for)""",
    "workflow_calls": """
        caller_id text COLLATE "C" NOT NULL,
        callee_id text COLLATE "C" NOT NULL,
        org_id text COLLATE "C" NOT NULL,
        CONSTRAINT pk_workflow_calls PRIMARY KEY (caller_id, callee_id)""",
}
COLUMNS = {
    "workflows": ("schedule_overlap text NOT NULL DEFAULT 'allow'",),
    "run_waits": ("prompt json",),
}
INDEXES = (
    "INDEX ix_schedule_firings_fired_at ON schedule_firings (fired_at)",
    "INDEX ix_workflow_calls_org_id_callee_id ON workflow_calls (org_id, callee_id)",
    "INDEX ix_workflows_next_run_at ON workflows (next_run_at) WHERE next_run_at IS NOT NULL AND deleted_at IS NULL",
)
NEW_INDEXES_OF_OLD_TABLES = ("ix_workflows_next_run_at",)

GRANTS = (
    "SELECT, INSERT, DELETE ON schedule_firings TO virga_worker",
    "SELECT ON schedule_firings TO virga_api",
    "SELECT, INSERT, DELETE ON workflow_calls TO virga_api",
    "SELECT, DELETE ON workflow_calls TO virga_worker",
    "INSERT ON vault_items TO virga_worker",
    "INSERT ON audit_log TO virga_worker",
)
REVOKED_AGAIN = ("INSERT ON vault_items FROM virga_worker", "INSERT ON audit_log FROM virga_worker")

# Steps keep secrets; whoever takes a worker over must not make himself a key to the API by that.
NO_API_KEYS = """
    CREATE POLICY no_api_keys ON vault_items AS RESTRICTIVE FOR INSERT TO virga_worker
    WITH CHECK (api_key_hash IS NULL)
"""

KEY_IDS_BEFORE = """
    SELECT webhook_token_key_id FROM workflows WHERE webhook_token_key_id IS NOT NULL
    UNION SELECT secret_key_id FROM vault_items WHERE secret_key_id IS NOT NULL
    UNION SELECT tokens_key_id FROM authorizations WHERE tokens_key_id IS NOT NULL
"""
KEY_IDS = f"{KEY_IDS_BEFORE} UNION SELECT token_key_id FROM run_waits WHERE token_key_id IS NOT NULL"

FUNCTIONS = {
    # Whoever opens a form has no organization: its token names the wait, and the wait the organization.
    "virga_find_interaction(bytea)": """
    CREATE FUNCTION virga_find_interaction(hash bytea)
    RETURNS TABLE (org_id text, run_id text, path text, node_id text, attempt smallint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT org_id, run_id, path, node_id, attempt FROM run_waits WHERE token_hash = hash
    $$""",
}


def upgrade() -> None:
    for table, columns in TABLES.items():
        op.execute(f"CREATE TABLE {table} ({columns})")
    for table, added in COLUMNS.items():
        op.execute(f"ALTER TABLE {table} {', '.join(f'ADD COLUMN {column}' for column in added)}")
    for index in INDEXES:
        op.execute(f"CREATE {index}")
    for grant in GRANTS:
        op.execute(f"GRANT {grant}")
    _enable_row_level_security()
    op.execute(NO_API_KEYS)
    op.execute(_key_ids(KEY_IDS))
    for signature, function in FUNCTIONS.items():
        op.execute(function)
        op.execute(f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {signature} TO virga_api")


def _enable_row_level_security() -> None:
    own = "org_id = current_setting('app.org_id', true)"
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY owner ON {table} TO CURRENT_USER USING (true) WITH CHECK (true)")
        op.execute(f"CREATE POLICY api ON {table} TO virga_api USING ({own}) WITH CHECK ({own})")
        op.execute(f"CREATE POLICY worker ON {table} TO virga_worker USING (true) WITH CHECK (true)")


def _key_ids(query: str) -> str:
    return f"""
    CREATE OR REPLACE FUNCTION virga_key_ids() RETURNS SETOF text
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $${query}$$"""


def downgrade() -> None:
    for signature in FUNCTIONS:
        op.execute(f"DROP FUNCTION {signature}")
    op.execute("DROP POLICY no_api_keys ON vault_items")
    for revoked in REVOKED_AGAIN:
        op.execute(f"REVOKE {revoked}")
    op.execute(_key_ids(KEY_IDS_BEFORE))
    for index in NEW_INDEXES_OF_OLD_TABLES:
        op.execute(f"DROP INDEX {index}")
    for table, added in COLUMNS.items():
        op.execute(f"ALTER TABLE {table} {', '.join(f'DROP COLUMN {column.split()[0]}' for column in added)}")
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table}")
