"""Lets the test runner empty the tables although the audit trail refuses it.

A test with ``transaction=True`` ends with a flush of all tables. Only this flush, only in tests,
drops the triggers and puts them back; what a test itself does still meets them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from cxrportal.accounts.append_only import TABLE, create_statements, drop_statements


@contextmanager
def flush_empties_the_audit_trail() -> Iterator[None]:
    """Around a test session: Django's flush works on the append-only table, too."""
    operations = connection.ops
    stock = operations.execute_sql_flush

    def flush(statements: list[str]) -> Any:
        if not any(TABLE in statement for statement in statements):
            return stock(statements)
        vendor = connection.vendor
        return stock([*drop_statements(vendor), *statements, *create_statements(vendor)])

    operations.execute_sql_flush = flush  # type: ignore[method-assign]
    try:
        yield
    finally:
        operations.execute_sql_flush = stock  # type: ignore[method-assign]
