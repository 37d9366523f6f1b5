"""Accounts: users, departments, memberships, the audit trail and API tokens."""

from __future__ import annotations

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "cxrportal.accounts"
    label = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        # optional: the listeners need the models, which exist only from here on.
        from cxrportal.accounts import listeners

        listeners.connect()
