"""What the database itself refuses by triggers: to change what only grows, to break a rule."""

from collections.abc import Mapping

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


def make_guard(
    bind: Connection, table: str, act: str, refusals: Mapping[str, str], *, first: str = ""
) -> None:
    """Refuse an INSERT, UPDATE or DELETE of a row while a condition holds; for migrations.

    `refusals` are conditions in SQL that both databases read, over NEW and OLD, by the code of the
    refusal. `first` is what PostgreSQL does before it looks, such as taking a lock: on SQLite
    whoever writes is alone.
    """
    name = f"{table}_{act.lower()}_guard"
    if bind.dialect.name == "sqlite":
        checks = "".join(
            f" SELECT RAISE(ABORT, '{code}') WHERE {rule};" for code, rule in _of(refusals)
        )
        bind.exec_driver_sql(f"CREATE TRIGGER {name} BEFORE {act} ON {table} BEGIN{checks} END")
        return
    checks = "".join(
        f" IF {rule} THEN RAISE EXCEPTION '{code}' USING ERRCODE = 'check_violation'; END IF;"
        for code, rule in _of(refusals)
    )
    row = "OLD" if act == "DELETE" else "NEW"
    bind.exec_driver_sql(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {first}{checks} RETURN {row}; END $$"
    )
    bind.exec_driver_sql(
        f"CREATE TRIGGER {name} BEFORE {act} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
    )


def drop_guards(bind: Connection, table: str, *acts: str) -> None:
    """Remove the functions of guards, once their table is gone; for migrations."""
    if bind.dialect.name != "sqlite":
        for act in acts:
            bind.exec_driver_sql(f"DROP FUNCTION IF EXISTS {table}_{act.lower()}_guard()")


def _of(refusals: Mapping[str, str]) -> list[tuple[str, str]]:
    """The refusals in order, with the signs that the driver would take for a place for a value."""
    return [(code, rule.replace("%", "%%")) for code, rule in refusals.items()]
