"""An index that finds rows by the start of a text, whatever its case."""

from __future__ import annotations

from typing import Any

from django.db.migrations import RunPython


def prefix_index(*, table: str, column: str, name: str) -> RunPython:
    """For migrations: PostgreSQL compares UPPER(column) for ``istartswith`` and needs the pattern
    operators to use an index under any collation. SQLite never uses one for it, and gets none.
    """

    def make(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(
                f'CREATE INDEX "{name}" ON "{table}" (UPPER("{column}") varchar_pattern_ops)'
            )

    def drop(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f'DROP INDEX IF EXISTS "{name}"')

    return RunPython(make, drop)
