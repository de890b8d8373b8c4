"""Tables, roles, row-level security and partitions.

Revision ID: 0001
"""

from collections.abc import Sequence

from alembic import op

revision = "0001"
down_revision: str | None = None
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

ROLES = ("virga_api", "virga_worker", "virga_starter")
LIVE = "status IN ('pending', 'running', 'awaiting_ui_interaction')"

TABLES = {
    "workflows": """
        id text COLLATE "C" NOT NULL,
        org_id text COLLATE "C" NOT NULL,
        name text NOT NULL,
        description text,
        is_active boolean NOT NULL,
        schedule_type text NOT NULL,
        schedule_value text,
        timezone text NOT NULL,
        next_run_at timestamptz,
        authorization_id text,
        version integer NOT NULL,
        trigger_component text NOT NULL,
        webhook_token_hash bytea,
        webhook_token bytea,
        webhook_token_key_id text,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        deleted_at timestamptz,
        CONSTRAINT pk_workflows PRIMARY KEY (id)""",
    "workflow_versions": """
        workflow_id text COLLATE "C" NOT NULL,
        version integer NOT NULL,
        org_id text COLLATE "C" NOT NULL,
        name text NOT NULL,
        nodes json NOT NULL,
        edges json NOT NULL,
        created_at timestamptz NOT NULL,
        created_by text NOT NULL,
        CONSTRAINT pk_workflow_versions PRIMARY KEY (workflow_id, version),
        CONSTRAINT fk_workflow_versions_workflow_id FOREIGN KEY (workflow_id) REFERENCES workflows (id)""",
    "runs": """
        id text COLLATE "C" NOT NULL,
        org_id text COLLATE "C" NOT NULL,
        workflow_id text COLLATE "C" NOT NULL,
        workflow_version integer NOT NULL,
        status text NOT NULL,
        trigger_type text NOT NULL,
        trigger_payload json NOT NULL,
        started_by text,
        parent_run_id text COLLATE "C",
        depth smallint NOT NULL DEFAULT 0,
        priority smallint NOT NULL DEFAULT 0,
        ready boolean NOT NULL,
        due_at timestamptz,
        lease_owner text COLLATE "C",
        fence bigint NOT NULL DEFAULT 0,
        takeovers smallint NOT NULL DEFAULT 0,
        claimed_at timestamptz,
        active_ms bigint NOT NULL DEFAULT 0,
        cancel_requested_at timestamptz,
        error_message text,
        created_at timestamptz NOT NULL,
        started_at timestamptz,
        completed_at timestamptz,
        CONSTRAINT pk_runs PRIMARY KEY (id)""",
    "run_logs": """
        run_id text COLLATE "C" NOT NULL,
        path text COLLATE "C" NOT NULL DEFAULT '',
        node_id text COLLATE "C" NOT NULL,
        attempt smallint NOT NULL,
        id text COLLATE "C" NOT NULL,
        org_id text COLLATE "C" NOT NULL,
        workflow_id text COLLATE "C" NOT NULL,
        seq integer NOT NULL,
        component_id text NOT NULL,
        status text NOT NULL,
        output json NOT NULL,
        handle text,
        fence bigint NOT NULL,
        inherited boolean NOT NULL DEFAULT false,
        started_at timestamptz NOT NULL,
        duration_ms integer NOT NULL,
        created_at timestamptz NOT NULL,
        CONSTRAINT pk_run_logs PRIMARY KEY (run_id, path, node_id, attempt)""",
    "run_waits": """
        run_id text COLLATE "C" NOT NULL,
        path text COLLATE "C" NOT NULL DEFAULT '',
        node_id text COLLATE "C" NOT NULL,
        attempt smallint NOT NULL,
        org_id text COLLATE "C" NOT NULL,
        component_id text NOT NULL,
        kind text NOT NULL,
        due_at timestamptz,
        child_run_id text COLLATE "C",
        token_hash bytea,
        token_key_id text,
        resolved_at timestamptz,
        resolution json,
        CONSTRAINT pk_run_waits PRIMARY KEY (run_id, path, node_id, attempt)""",
    "workflow_counts": """
        workflow_id text COLLATE "C" NOT NULL,
        status text COLLATE "C" NOT NULL,
        day date NOT NULL,
        shard smallint NOT NULL,
        org_id text COLLATE "C" NOT NULL,
        count bigint NOT NULL,
        CONSTRAINT pk_workflow_counts PRIMARY KEY (workflow_id, status, day, shard)""",
    "workers": """
        id text COLLATE "C" NOT NULL,
        beat bigint NOT NULL,
        boot_id text NOT NULL,
        pid_ns text NOT NULL,
        pid integer NOT NULL,
        pid_started bigint NOT NULL,
        started_at timestamptz NOT NULL,
        dead_at timestamptz,
        CONSTRAINT pk_workers PRIMARY KEY (id)""",
}
PARTITIONED = {"runs": "id", "run_logs": "run_id"}
TENANT_TABLES = tuple(table for table in TABLES if table != "workers")

INDEXES = (
    "INDEX ix_workflows_org_id_id ON workflows (org_id, id) WHERE deleted_at IS NULL",
    "UNIQUE INDEX ix_workflows_webhook_token_hash ON workflows (webhook_token_hash) WHERE webhook_token_hash IS NOT NULL",
    "INDEX ix_workflows_deleted_at ON workflows (deleted_at) WHERE deleted_at IS NOT NULL",
    "INDEX ix_runs_org_id_workflow_id_id ON runs (org_id, workflow_id, id)",
    "INDEX ix_runs_org_id_workflow_id_status_id ON runs (org_id, workflow_id, status, id)",
    "INDEX ix_runs_ready ON runs (org_id, due_at, id) WHERE ready AND NOT takeovers >= 2",
    "INDEX ix_runs_suspect ON runs (due_at, id) WHERE ready AND takeovers >= 2",
    f"INDEX ix_runs_due ON runs (due_at) WHERE NOT ready AND due_at IS NOT NULL AND lease_owner IS NULL AND {LIVE}",
    "INDEX ix_runs_leased ON runs (lease_owner, id) WHERE lease_owner IS NOT NULL",
    "INDEX ix_run_logs_workflow_id_id ON run_logs (workflow_id, id)",
    "UNIQUE INDEX ix_run_waits_child_run_id ON run_waits (child_run_id) WHERE child_run_id IS NOT NULL",
    "UNIQUE INDEX ix_run_waits_token_hash ON run_waits (token_hash) WHERE token_hash IS NOT NULL",
)

GRANTS = (
    "SELECT, INSERT, UPDATE ON workflows TO virga_api",
    "SELECT, INSERT ON workflow_versions TO virga_api",
    "SELECT, INSERT, UPDATE ON runs TO virga_api",
    "SELECT, INSERT ON run_logs TO virga_api",
    "SELECT, INSERT, UPDATE, DELETE ON run_waits TO virga_api",
    "SELECT, INSERT, UPDATE ON workflow_counts TO virga_api",
    "SELECT, UPDATE, DELETE ON workflows TO virga_worker",
    "SELECT, DELETE ON workflow_versions TO virga_worker",
    "SELECT, INSERT, UPDATE, DELETE ON runs, run_logs, run_waits, workflow_counts, workers TO virga_worker",
    "INSERT ON runs TO virga_starter",
    "SELECT, INSERT, UPDATE ON workflow_counts TO virga_starter",
    "SELECT ON alembic_version TO virga_api, virga_worker",
)

# Partitions are made by processes that own nothing. A short lock timeout keeps claims from queueing behind them.
FUNCTIONS = (
    """
    CREATE FUNCTION virga_add_partition(parent text, part text, lower_id text, upper_id text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '200ms' AS $$
    BEGIN
        IF parent NOT IN ('runs', 'run_logs') OR part !~ '^[a-z_]+_[0-9]{4}_[0-9]{2}$' THEN
            RAISE EXCEPTION 'not a partition of runs or run_logs: %', part;
        END IF;
        IF NOT pg_try_advisory_xact_lock(hashtext('virga_partitions')) THEN
            RAISE lock_not_available USING MESSAGE = 'another process is adding partitions';
        END IF;
        IF to_regclass(part) IS NOT NULL THEN
            RETURN;
        END IF;
        EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', part, parent);
        EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', parent, part, lower_id, upper_id);
    END $$""",
    """
    CREATE FUNCTION virga_drop_partition(parent text, part text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '200ms' AS $$
    BEGIN
        IF parent NOT IN ('runs', 'run_logs') OR part !~ '^[a-z_]+_[0-9]{4}_[0-9]{2}$' THEN
            RAISE EXCEPTION 'not a partition of runs or run_logs: %', part;
        END IF;
        IF to_regclass(part) IS NULL THEN
            RETURN;
        END IF;
        EXECUTE format('ALTER TABLE %I DETACH PARTITION %I', parent, part);
        EXECUTE format('DROP TABLE %I', part);
    END $$""",
    # A process must find out at its start that a key is missing, whichever organization needs it.
    """
    CREATE FUNCTION virga_key_ids() RETURNS SETOF text
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT DISTINCT webhook_token_key_id FROM workflows WHERE webhook_token_key_id IS NOT NULL
    $$""",
    # A webhook's caller has no organization: its token names the workflow, and the workflow the organization.
    """
    CREATE FUNCTION virga_find_webhook(token_hash bytea) RETURNS TABLE (workflow_id text, org_id text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT id, workflows.org_id FROM workflows
        WHERE webhook_token_hash = token_hash AND deleted_at IS NULL
    $$""",
)
SIGNATURES = (
    "virga_key_ids()",
    "virga_add_partition(text, text, text, text)",
    "virga_drop_partition(text, text)",
    "virga_find_webhook(bytea)",
)


def upgrade() -> None:
    for role in ROLES:
        op.execute(
            f"DO $$ BEGIN CREATE ROLE {role} NOLOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
        )
        op.execute(f"GRANT {role} TO CURRENT_USER")
    for table, columns in TABLES.items():
        partitioning = f" PARTITION BY RANGE ({PARTITIONED[table]})" if table in PARTITIONED else ""
        op.execute(f"CREATE TABLE {table} ({columns}){partitioning}")
    for index in INDEXES:
        op.execute(f"CREATE {index}")
    for grant in GRANTS:
        op.execute(f"GRANT {grant}")
    _enable_row_level_security()
    for function in FUNCTIONS:
        op.execute(function)
    for signature in SIGNATURES:
        op.execute(f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION virga_add_partition(text, text, text, text) TO virga_api, virga_worker")
    op.execute("GRANT EXECUTE ON FUNCTION virga_drop_partition(text, text) TO virga_worker")
    op.execute("GRANT EXECUTE ON FUNCTION virga_find_webhook(bytea), virga_key_ids() TO virga_api")


def _enable_row_level_security() -> None:
    own = "org_id = current_setting('app.org_id', true)"
    for table in TENANT_TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY owner ON {table} TO CURRENT_USER USING (true) WITH CHECK (true)")
        op.execute(f"CREATE POLICY api ON {table} TO virga_api USING ({own}) WITH CHECK ({own})")
        op.execute(f"CREATE POLICY worker ON {table} TO virga_worker USING (true) WITH CHECK (true)")
    op.execute("CREATE POLICY starter ON runs FOR INSERT TO virga_starter WITH CHECK (true)")
    op.execute("CREATE POLICY starter ON workflow_counts TO virga_starter USING (true) WITH CHECK (true)")


def downgrade() -> None:
    for signature in SIGNATURES:
        op.execute(f"DROP FUNCTION {signature}")
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table}")
    # The roles stay: they belong to the whole cluster, and another database may use them.
    op.execute("REVOKE ALL ON alembic_version FROM virga_api, virga_worker")
