"""SQL that makes a table append-only: the database itself refuses UPDATE, DELETE and TRUNCATE.

Used by a migration. SQLite copies a table when a later migration alters it, without its triggers:
such a migration has to create them again (a test looks for them after all migrations).
"""

from __future__ import annotations

TABLE = "accounts_accessevent"
_REFUSAL = "the audit trail is append-only"
_CREATE = {
    "sqlite": [
        f"CREATE TRIGGER {TABLE}_keep_{act.lower()} BEFORE {act} ON {TABLE} "
        f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
        for act in ("UPDATE", "DELETE")
    ],
    "postgresql": [
        f"CREATE OR REPLACE FUNCTION {TABLE}_keep() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_REFUSAL}' USING ERRCODE = 'integrity_constraint_violation'; "
        "END $$",
        f"CREATE TRIGGER {TABLE}_keep_rows BEFORE UPDATE OR DELETE ON {TABLE} "
        f"FOR EACH ROW EXECUTE FUNCTION {TABLE}_keep()",
        f"CREATE TRIGGER {TABLE}_keep_all BEFORE TRUNCATE ON {TABLE} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {TABLE}_keep()",
    ],
}
_DROP = {
    "sqlite": [f"DROP TRIGGER {TABLE}_keep_update", f"DROP TRIGGER {TABLE}_keep_delete"],
    "postgresql": [
        f"DROP TRIGGER {TABLE}_keep_rows ON {TABLE}",
        f"DROP TRIGGER {TABLE}_keep_all ON {TABLE}",
        f"DROP FUNCTION {TABLE}_keep()",
    ],
}


def create_statements(vendor: str) -> list[str]:
    """For ``connection.vendor``; a database without them would not keep the trail: KeyError."""
    return _CREATE[vendor]


def drop_statements(vendor: str) -> list[str]:
    """The reverse of ``create_statements``."""
    return _DROP[vendor]
