"""How allauth behaves here: registrations wait for an administrator."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    """E-mail accounts that an administrator approves."""
