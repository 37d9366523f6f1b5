"""Accounts: users, departments, memberships, the audit trail and API tokens."""

from __future__ import annotations

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "cxrportal.accounts"
    label = "accounts"
    verbose_name = "Accounts"
