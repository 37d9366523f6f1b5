"""What every page of the Django admin shares: who gets in, and that each change is an event."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.sites import AdminSite
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.text import capfirst
from django.views.decorators.cache import never_cache

from cxrportal.accounts.audit import Verb, record_access
from cxrportal.accounts.permissions import is_administrator


def secure(site: AdminSite) -> None:
    """Only approved administrators get in, by the portal's own sign-in and its checks."""
    site.site_header = "CXR Portal"
    site.site_title = "CXR Portal"
    site.index_title = "Administration"
    site.enable_nav_sidebar = False  # few models, wide tables
    site.has_permission = _has_permission  # type: ignore[method-assign]
    site.login = _login  # type: ignore[method-assign]
    site.password_change = _password_change  # type: ignore[method-assign]
    site.password_change_done = _password_change  # type: ignore[method-assign]


def _has_permission(request: HttpRequest) -> bool:
    return is_administrator(request.user)


@never_cache
def _login(request: HttpRequest, extra_context: Any = None) -> Any:
    """No second sign-in page: strangers to the role get 404, as everywhere."""
    if is_administrator(request.user):
        return redirect("admin:index")
    if request.user.is_authenticated:
        raise Http404
    following = request.GET.get("next") or reverse("admin:index")
    return redirect(f"{reverse(settings.LOGIN_URL)}?{urlencode({'next': following})}")


def _password_change(request: HttpRequest, extra_context: Any = None) -> Any:
    return redirect("account_change_password")


class AuditedAdmin(admin.ModelAdmin):
    """For every model in the admin: administrators may, and what they do is in the audit trail."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_administrator(request.user)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return is_administrator(request.user)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_administrator(request.user)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return is_administrator(request.user)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        title = {"title": capfirst(str(self.opts.verbose_name_plural))}
        return super().changelist_view(request, title | (extra_context or {}))

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> LogEntry:
        self.record(request, obj, "added")
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> LogEntry:
        self.record(request, obj, _in_words(message))
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Model]) -> Any:
        for obj in queryset:
            self.record(request, obj, f"deleted: {obj}")
        return super().log_deletions(request, queryset)

    def record(self, request: HttpRequest, obj: Model, detail: str) -> None:
        record_access(request.user, Verb.ADMINISTER, obj, detail=detail, request=request)


class ReadOnlyAdmin(AuditedAdmin):
    """To look at only."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def _in_words(message: Any) -> str:
    """Django keeps the change as a list; its own words for it."""
    text = message if isinstance(message, str) else json.dumps(message)
    return LogEntry(action_flag=CHANGE, change_message=text).get_change_message()
