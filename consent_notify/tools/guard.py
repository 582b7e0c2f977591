"""Tables that only grow: PostgreSQL itself refuses what would change them, whoever asks; also while replicating."""

from odoo.tools import SQL, sql

APPEND_ONLY = """
    BEGIN
        RAISE EXCEPTION 'Rows of % are never changed or deleted: append a new one.', TG_TABLE_NAME
              USING ERRCODE = 'restrict_violation';
    END
"""
# Of events, one way out: those of a batch whose signed tombstone stands already, named by whoever drops it. Who forges
# a tombstone gets past this, as does who drops the trigger, and `odoo consent verify` names the batch.
APPEND_ONLY_EVENTS = f"""
    BEGIN
        IF TG_LEVEL = 'ROW' AND TG_OP = 'DELETE' THEN
            IF EXISTS (
                SELECT FROM consent_anchor_expired gone
                  JOIN consent_anchor batch ON batch.number = gone.number
                 CROSS JOIN unnest(string_to_array(batch.span, ',')) AS ids (part)
                 WHERE gone.number = ANY (
                           string_to_array(current_setting('consent_notify.expired', TRUE), ',')::int[])
                   AND OLD.id BETWEEN split_part(part, '-', 1)::bigint
                                  AND COALESCE(NULLIF(split_part(part, '-', 2), ''), part)::bigint
            ) THEN
                RETURN OLD;
            END IF;
        END IF;
        {APPEND_ONLY.strip().removeprefix("BEGIN").lstrip()}
"""
# What `pg_trigger.tgtype` says of the two, in bits: for each row 1, before 2, delete 8, update 16, truncate 32.
ROW_TYPE, TABLE_TYPE = 1 + 2 + 8 + 16, 2 + 32
FUNCTIONS = (
    "consent_notify_append_only",
    "consent_notify_append_only_events",
    "consent_notify_phone_access_refuse",
)


def guard_table(cr, table, function, body):
    """Have `function`, made of `body`, decide on every UPDATE and DELETE of rows and every TRUNCATE of a table.

    :param function: one of `FUNCTIONS`
    :param body: PL/pgSQL of a trigger
    """
    if not sql.table_exists(cr, table):
        return  # another addon's update asks for tables that wait for ours
    name, function = SQL.identifier(table), SQL.identifier(function)
    cr.execute(SQL("CREATE OR REPLACE FUNCTION %s() RETURNS trigger LANGUAGE plpgsql AS %s", function, body))
    for trigger, events in (
        ("append_only_row", SQL("UPDATE OR DELETE ON %s FOR EACH ROW", name)),
        ("append_only_table", SQL("TRUNCATE ON %s FOR EACH STATEMENT", name)),
    ):
        trigger = SQL.identifier(f"{table}_{trigger}")
        # CREATE OR REPLACE TRIGGER came with PostgreSQL 14.
        cr.execute(SQL("DROP TRIGGER IF EXISTS %s ON %s", trigger, name))
        cr.execute(SQL("CREATE TRIGGER %s BEFORE %s EXECUTE FUNCTION %s()", trigger, events, function))
        cr.execute(SQL("ALTER TABLE %s ENABLE ALWAYS TRIGGER %s", name, trigger))


def drop_guards(cr):
    """Drop the functions and with them the triggers of every guarded table."""
    for function in FUNCTIONS:
        cr.execute(SQL("DROP FUNCTION IF EXISTS %s() CASCADE", SQL.identifier(function)))
