"""An index that finds rows by any part of a text, where PostgreSQL has its trigrams."""

from __future__ import annotations

import sys
from typing import Any

from django.db import DatabaseError, transaction
from django.db.migrations import RunPython

_EXTENSION = "CREATE EXTENSION IF NOT EXISTS pg_trgm"


def trigram_index(*, table: str, column: str, name: str) -> RunPython:
    """For migrations: a GIN index of ``column`` that ``contains`` and ``startswith`` use.

    It needs the extension pg_trgm. Where that is missing and may not be made, the migration says
    which two statements to run, and goes on: everything is found as before, one by one. SQLite has
    no such index, and gets none.
    """
    index = f'CREATE INDEX IF NOT EXISTS "{name}" ON "{table}" USING gin ("{column}" gin_trgm_ops)'

    def make(apps: Any, schema_editor: Any) -> None:
        connection = schema_editor.connection
        if connection.vendor != "postgresql":
            return
        try:
            with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
                cursor.execute(_EXTENSION)
        except DatabaseError as error:
            reason = str(error).strip().splitlines()[0]
            print(  # noqa: T201  # whoever migrates reads it
                f"\nThe index {name} is not made: {reason}. Names are compared one by one, as "
                f"before.\nAn owner of the database may run: {_EXTENSION}; {index};",
                file=sys.stderr,
            )
            return
        schema_editor.execute(index)

    def drop(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f'DROP INDEX IF EXISTS "{name}"')

    return RunPython(make, drop)
