"""Tables that only grow: triggers in the database refuse to change or remove a row."""

from sqlalchemy import Connection

# %%: the driver reads a single one as a place for a value.
_REFUSE = (
    "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'append-only: %%', TG_TABLE_NAME; END $$"
)


def make_append_only(bind: Connection, table: str) -> None:
    """Refuse UPDATE and DELETE (on PostgreSQL also TRUNCATE) of `table`; for migrations.

    Whoever owns the database can drop a trigger: then the hash chain and the receipts tell.
    """
    if bind.dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            bind.exec_driver_sql(
                f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
                "BEGIN SELECT RAISE(ABORT, 'append-only'); END"
            )
        return
    bind.exec_driver_sql(_REFUSE)
    bind.exec_driver_sql(
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    bind.exec_driver_sql(
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
