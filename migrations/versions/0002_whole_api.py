"""Vault, authorizations, idempotency keys, events, the audit log, tests of nodes, resumed and synchronous runs.

Revision ID: 0002
"""

from collections.abc import Sequence

from alembic import op

revision = "0002"
down_revision: str | None = "0001"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

TABLES = {
    "vault_items": """
        id text COLLATE "C" NOT NULL,
        org_id text COLLATE "C" NOT NULL,
        name text NOT NULL,
        secret bytea,
        secret_key_id text,
        api_key_hash bytea,
        created_by text NOT NULL,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        expires_at timestamptz,
        CONSTRAINT pk_vault_items PRIMARY KEY (id)""",
    "authorizations": """
        id text COLLATE "C" NOT NULL,
        org_id text COLLATE "C" NOT NULL,
        user_id text NOT NULL,
        provider text NOT NULL,
        status text NOT NULL,
        email text,
        scope text NOT NULL,
        tokens bytea,
        tokens_key_id text,
        expires_at timestamptz,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        CONSTRAINT pk_authorizations PRIMARY KEY (id)""",
    "authorization_states": """
        state_hash bytea NOT NULL,
        org_id text COLLATE "C" NOT NULL,
        user_id text NOT NULL,
        sealed bytea NOT NULL,
        sealed_key_id text NOT NULL,
        expires_at timestamptz NOT NULL,
        CONSTRAINT pk_authorization_states PRIMARY KEY (state_hash)""",
    "idempotency_keys": """
        org_id text COLLATE "C" NOT NULL,
        route text COLLATE "C" NOT NULL,
        resource text COLLATE "C" NOT NULL,
        key text COLLATE "C" NOT NULL,
        request_hash bytea NOT NULL,
        answer text NOT NULL,
        created_at timestamptz NOT NULL,
        CONSTRAINT pk_idempotency_keys PRIMARY KEY (org_id, route, resource, key)""",
    "event_receipts": """
        org_id text COLLATE "C" NOT NULL,
        event_id text COLLATE "C" NOT NULL,
        run_ids json NOT NULL,
        received_at timestamptz NOT NULL,
        CONSTRAINT pk_event_receipts PRIMARY KEY (org_id, event_id)""",
    "audit_log": """
        id text COLLATE "C" NOT NULL,
        org_id text COLLATE "C" NOT NULL,
        at timestamptz NOT NULL,
        actor text COLLATE "C" NOT NULL,
        token_id text,
        address text NOT NULL,
        action text COLLATE "C" NOT NULL,
        resource_type text COLLATE "C" NOT NULL,
        resource_id text COLLATE "C" NOT NULL,
        before_hash text,
        after_hash text,
        CONSTRAINT pk_audit_log PRIMARY KEY (id)""",
    "node_tests": """
        id text COLLATE "C" NOT NULL,
        org_id text COLLATE "C" NOT NULL,
        request bytea NOT NULL,
        answer bytea,
        key_id text NOT NULL,
        claimed_by text COLLATE "C",
        expires_at timestamptz NOT NULL,
        CONSTRAINT pk_node_tests PRIMARY KEY (id)""",
}
UNLOGGED = {"node_tests"}  # what is lost in a crash is asked again by whoever waits for it

COLUMNS = {
    "workflows": ("trigger_settings json", 'listens_to text COLLATE "C"'),
    "runs": ('origin_run_id text COLLATE "C"', 'resumed_node_id text COLLATE "C"', "answer json"),
}

INDEXES = (
    "UNIQUE INDEX ix_vault_items_org_id_name ON vault_items (org_id, name)",
    "UNIQUE INDEX ix_vault_items_api_key_hash ON vault_items (api_key_hash) WHERE api_key_hash IS NOT NULL",
    "INDEX ix_authorizations_org_id_id ON authorizations (org_id, id)",
    "UNIQUE INDEX ix_authorizations_org_id_provider_user_id ON authorizations (org_id, provider, user_id)",
    "INDEX ix_authorization_states_expires_at ON authorization_states (expires_at)",
    "INDEX ix_idempotency_keys_created_at ON idempotency_keys (created_at)",
    "INDEX ix_event_receipts_received_at ON event_receipts (received_at)",
    "INDEX ix_audit_log_org_id_id ON audit_log (org_id, id)",
    "INDEX ix_audit_log_org_id_actor_id ON audit_log (org_id, actor, id)",
    "INDEX ix_audit_log_org_id_action_id ON audit_log (org_id, action, id)",
    "INDEX ix_audit_log_org_id_resource_type_id ON audit_log (org_id, resource_type, id)",
    "INDEX ix_audit_log_org_id_resource_id_id ON audit_log (org_id, resource_id, id)",
    (
        "INDEX ix_workflows_org_id_listens_to ON workflows (org_id, listens_to)"
        " WHERE listens_to IS NOT NULL AND deleted_at IS NULL"
    ),
    (
        "INDEX ix_workflows_org_id_authorization_id ON workflows (org_id, authorization_id)"
        " WHERE authorization_id IS NOT NULL AND deleted_at IS NULL"
    ),
    "INDEX ix_runs_priority ON runs (org_id, due_at, id) WHERE ready AND priority > 0",
    "INDEX ix_runs_workflow_id_workflow_version ON runs (workflow_id, workflow_version)",
    "INDEX ix_run_logs_trouble ON run_logs (workflow_id, status, id) WHERE status <> 'success'",
)
NEW_INDEXES_OF_OLD_TABLES = (
    "ix_workflows_org_id_listens_to",
    "ix_workflows_org_id_authorization_id",
    "ix_runs_priority",
    "ix_runs_workflow_id_workflow_version",
    "ix_run_logs_trouble",
)

GRANTS = (
    "SELECT, INSERT, UPDATE, DELETE ON vault_items, authorizations TO virga_api",
    "SELECT, INSERT, DELETE ON authorization_states, idempotency_keys, event_receipts, node_tests TO virga_api",
    "UPDATE (answer) ON idempotency_keys TO virga_api",
    "SELECT, INSERT ON audit_log TO virga_api",
    "SELECT ON vault_items TO virga_worker",
    "SELECT, UPDATE ON authorizations TO virga_worker",
    "SELECT, UPDATE, DELETE ON node_tests TO virga_worker",
    "SELECT, DELETE ON authorization_states, idempotency_keys, event_receipts, audit_log TO virga_worker",
)

KEY_IDS_BEFORE = """
    SELECT DISTINCT webhook_token_key_id FROM workflows WHERE webhook_token_key_id IS NOT NULL
"""
KEY_IDS = """
    SELECT webhook_token_key_id FROM workflows WHERE webhook_token_key_id IS NOT NULL
    UNION SELECT secret_key_id FROM vault_items WHERE secret_key_id IS NOT NULL
    UNION SELECT tokens_key_id FROM authorizations WHERE tokens_key_id IS NOT NULL
"""
FUNCTIONS = {
    # Whoever calls with an API key has no organization yet: the key names it.
    "virga_find_api_key(bytea)": """
    CREATE FUNCTION virga_find_api_key(key_hash bytea)
    RETURNS TABLE (id text, org_id text, expires_at timestamptz, stored_hash bytea)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT id, org_id, expires_at, api_key_hash FROM vault_items WHERE api_key_hash = key_hash
    $$""",
    # The provider sends a browser back without a token: the state, good for one use, names who began.
    "virga_take_authorization_state(bytea)": """
    CREATE FUNCTION virga_take_authorization_state(hash bytea)
    RETURNS TABLE (org_id text, user_id text, sealed bytea, sealed_key_id text, expires_at timestamptz)
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        DELETE FROM authorization_states WHERE state_hash = hash
        RETURNING org_id, user_id, sealed, sealed_key_id, expires_at
    $$""",
}


def upgrade() -> None:
    for table, columns in TABLES.items():
        op.execute(f"CREATE {'UNLOGGED ' if table in UNLOGGED else ''}TABLE {table} ({columns})")
    for table, added in COLUMNS.items():
        op.execute(f"ALTER TABLE {table} {', '.join(f'ADD COLUMN {column}' for column in added)}")
    for index in INDEXES:
        op.execute(f"CREATE {index}")
    for grant in GRANTS:
        op.execute(f"GRANT {grant}")
    _enable_row_level_security()
    op.execute(_key_ids(KEY_IDS))
    for signature, function in FUNCTIONS.items():
        op.execute(function)
        op.execute(f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {signature} TO virga_api")
    op.execute("GRANT EXECUTE ON FUNCTION virga_key_ids() TO virga_worker")


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
    op.execute("REVOKE EXECUTE ON FUNCTION virga_key_ids() FROM virga_worker")
    op.execute(_key_ids(KEY_IDS_BEFORE))
    for index in NEW_INDEXES_OF_OLD_TABLES:
        op.execute(f"DROP INDEX {index}")
    for table, added in COLUMNS.items():
        op.execute(f"ALTER TABLE {table} {', '.join(f'DROP COLUMN {column.split()[0]}' for column in added)}")
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table}")
