"""Triggers that watch every change of runs and logs from inside the database, and write down what may never happen."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

# What a change is undone with is undone with it: only what was committed is a violation.
_STATEMENTS = (
    "CREATE TABLE IF NOT EXISTS violations (what text NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp())",
    """
    CREATE OR REPLACE FUNCTION watch_run() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public AS $$ BEGIN
        IF OLD.status IN ('completed', 'failed') THEN
            INSERT INTO violations SELECT 'I4: run ' || OLD.id || ' changed after its end, from '
                || OLD.status || ' to ' || NEW.status;
        END IF;
        IF NEW.fence < OLD.fence THEN
            INSERT INTO violations SELECT 'fence of run ' || OLD.id || ' went back';
        END IF;
        IF NEW.workflow_version <> OLD.workflow_version THEN
            INSERT INTO violations SELECT 'I9: run ' || OLD.id || ' got another version';
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE OR REPLACE FUNCTION watch_log() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public AS $$ BEGIN
        IF TG_OP = 'UPDATE' THEN
            INSERT INTO violations SELECT 'I4: log ' || OLD.id || ' changed';
        ELSIF EXISTS (SELECT FROM runs WHERE id = NEW.run_id AND status IN ('completed', 'failed')) THEN
            INSERT INTO violations SELECT 'I4: run ' || NEW.run_id || ' got a log after its end';
        ELSIF NEW.status <> 'warning' AND EXISTS (
            SELECT FROM run_logs WHERE run_id = NEW.run_id AND path = NEW.path AND node_id = NEW.node_id
                AND status <> 'warning' AND id <> NEW.id
        ) THEN
            INSERT INTO violations SELECT 'I2: step ' || NEW.run_id || ' ' || NEW.path || ' ' || NEW.node_id
                || ' was recorded twice';
        END IF;
        RETURN NULL;
    END $$
    """,
    "CREATE OR REPLACE TRIGGER watch_run AFTER UPDATE ON runs FOR EACH ROW EXECUTE FUNCTION watch_run()",
    "CREATE OR REPLACE TRIGGER watch_log AFTER INSERT OR UPDATE ON run_logs FOR EACH ROW EXECUTE FUNCTION watch_log()",
)


async def install(database: AsyncEngine) -> None:
    """Watch a database from now on."""
    async with database.begin() as connection:
        for statement in _STATEMENTS:
            await connection.execute(text(statement))


async def violations(database: AsyncEngine) -> list[str]:
    """Return what the triggers have written down."""
    async with database.connect() as connection:
        return list((await connection.execute(text("SELECT what FROM violations ORDER BY at"))).scalars())
