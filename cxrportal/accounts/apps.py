"""Accounts: users, departments, memberships, the audit trail and API tokens."""

from __future__ import annotations

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "cxrportal.accounts"
    label = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        # optional: listeners need the models, which exist from here on; schema registers by import.
        from cxrportal.accounts import listeners, schema  # noqa: F401

        listeners.connect()
