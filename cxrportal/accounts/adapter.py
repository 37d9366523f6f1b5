"""How allauth behaves here: registrations wait for approval, failures are counted by axes."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.stagekit import clear_login
from allauth.core import context
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from cxrportal.accounts.audit import Verb, client_ip, record_access
from cxrportal.accounts.models import User
from cxrportal.accounts.reauthentication import authenticated_recently, verify_password


class AccountAdapter(DefaultAccountAdapter):
    """E-mail accounts that an administrator approves."""

    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse | None:
        """Whichever way someone proved who they are: nobody gets in without approval."""
        response: HttpResponse | None = super().pre_login(request, user, **kwargs)
        if response is None and not user.is_approved:
            clear_login(request)
            response = redirect("accounts:pending")
            if not kwargs.get("signup"):
                detail = "account not approved"
                record_access(user, Verb.REFUSE, user, detail=detail, request=request)
        return response

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Nothing: axes counts wrong passwords, in the database and for all processes together."""

    def reauthenticate(self, user: User, password: str) -> bool:
        return verify_password(context.request, password)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Not for who signed in a moment ago: that keeps the set-up at first login short."""
        required: bool = super().is_reauthentication_required(app=app, **kwargs)
        return required and not authenticated_recently(context.request)

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        user.full_name = form.cleaned_data["full_name"]
        user.email = form.cleaned_data["email"].lower()
        user.set_password(form.cleaned_data["password1"])
        if commit:
            user.save()
        return user

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_ip(request) or "0.0.0.0"  # a key for rate limits, nothing binds to it
