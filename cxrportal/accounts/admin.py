"""The Django admin of people: users, departments, memberships, tokens and the audit trail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from cxrportal.accounts import second_factor, services
from cxrportal.accounts.administration import AuditedAdmin, ReadOnlyAdmin, secure
from cxrportal.accounts.audit import Verb, record_access
from cxrportal.accounts.models import AccessEvent, ApiToken, Department, Membership, User
from cxrportal.accounts.tokens import token_revoke
from cxrportal.common.errors import PortalError

secure(admin.site)
# Rights are memberships, not groups; addresses, authenticators and sessions belong to their user.
for _model in (Group, EmailAddress, Authenticator, UserSession):
    if admin.site.is_registered(_model):
        admin.site.unregister(_model)


class MembershipInline(admin.TabularInline):
    model = Membership
    extra = 0
    fields = ("department", "role", "adjudicator")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    has_add_permission = has_change_permission = has_delete_permission = has_view_permission


class UserForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ("email", "full_name", "title", "is_staff")

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


def _each(verb: str, act: Callable[..., Any]) -> Callable[..., None]:
    """An action of the list: ``act`` on each chosen user, and a sentence on how many it changed."""

    def action(model_admin: Any, request: HttpRequest, queryset: QuerySet[User]) -> None:
        changed = 0
        for user in queryset:
            try:
                changed += bool(act(user=user, actor=request.user))
            except PortalError as error:
                messages.error(request, f"{user}: {error.message}")
        messages.success(request, f"{changed} of {len(queryset)} {verb}.")

    return action


@admin.register(User)
class UserAdmin(AuditedAdmin):
    form = UserForm
    list_display = ("email", "full_name", "roles", "state", "has_second_factor", "last_login")
    list_filter = (
        "is_approved",
        "is_active",
        "is_staff",
        "memberships__role",
        "memberships__department",
    )
    search_fields = ("email", "full_name")
    ordering = ("is_approved", "email")
    inlines = (MembershipInline,)
    actions = ("approve", "deactivate", "activate", "unlock")
    change_form_template = "admin/accounts/user/change_form.html"

    approve = admin.action(description="Approve")(_each("approved", services.user_approve))
    deactivate = admin.action(description="Deactivate")(
        _each("deactivated", services.user_deactivate)
    )
    activate = admin.action(description="Activate again")(
        _each("activated again", services.user_reactivate)
    )
    unlock = admin.action(description="Lift the lockout")(_each("unlocked", services.user_unlock))

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return (
            super()
            .get_queryset(request)
            .prefetch_related("memberships__department", "authenticator_set")
        )

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        facts = ("state", "has_second_factor", "last_login", "date_joined") if obj else ()
        own = obj is not None and obj.pk == request.user.pk
        return (*facts, "is_staff") if own else facts

    def get_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        fields = ("email", "full_name", "title", "is_staff")
        facts = ("state", "has_second_factor", "last_login", "date_joined")
        return (*fields, *facts) if obj else fields

    @admin.display(description="Roles")
    def roles(self, user: User) -> str:
        names = ["Administrator"] if user.is_staff else []
        names += [f"{m.get_role_display()}, {m.department}" for m in user.memberships.all()]
        return "; ".join(names) or "none"

    @admin.display(description="State")
    def state(self, user: User) -> str:
        if not user.is_active:
            return "Deactivated"
        return "Approved" if user.is_approved else "Waits for approval"

    @admin.display(description="Second factor", boolean=True)
    def has_second_factor(self, user: User) -> bool:
        return any(a.type in second_factor.PRIMARY for a in user.authenticator_set.all())

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if not change:  # the new account chooses its own password by a reset link
            obj.set_unusable_password()
            obj.is_approved = True
        super().save_model(request, obj, form, change)
        if change and "email" in form.changed_data:
            services.user_address_changed(user=obj)

    def get_urls(self) -> list[Any]:
        act = path(
            "<uuid:pk>/act/<slug:act>/",
            self.admin_site.admin_view(never_cache(require_POST(self.act_view))),
            name="accounts_user_act",
        )
        return [act, *super().get_urls()]

    def act_view(self, request: HttpRequest, pk: Any, act: str) -> HttpResponse:
        """One act on one user, by a button of their page; a reset link is in the answer."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        user = get_object_or_404(User, pk=pk)
        if act == "reset-link":
            return self._reset_link_page(request, user)
        acts: dict[str, tuple[Callable[..., Any], str]] = {
            "approve": (services.user_approve, "is approved"),
            "deactivate": (services.user_deactivate, "is deactivated"),
            "activate": (services.user_reactivate, "is active again"),
            "unlock": (services.user_unlock, "may try to sign in again"),
            "reset-second-factor": (services.user_reset_second_factor, "has no second factor now"),
        }
        if act not in acts:
            raise Http404
        service, words = acts[act]
        try:
            service(user=user, actor=request.user)
            messages.success(request, f"{user} {words}.")
        except PortalError as error:
            messages.error(request, error.message)
        return redirect("admin:accounts_user_change", user.pk)

    def _reset_link_page(self, request: HttpRequest, user: User) -> HttpResponse:
        link = request.build_absolute_uri(services.user_reset_link(user=user, actor=request.user))
        context = {
            **self.admin_site.each_context(request),
            "title": "Password reset link",
            "subject": user,
            "link": link,
            "hours": settings.PASSWORD_RESET_TIMEOUT // 3600,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/accounts/user/reset_link.html", context)


@admin.register(Department)
class DepartmentAdmin(AuditedAdmin):
    list_display = (
        "name",
        "is_active",
        "second_factor_required",
        "blind_reads",
        "reads_per_case",
    )
    list_filter = ("is_active", "second_factor_required")
    search_fields = ("name",)


@admin.register(Membership)
class MembershipAdmin(AuditedAdmin):
    list_display = ("user", "department", "role", "may_read", "adjudicator", "created_at")
    list_filter = ("role", "may_read", "adjudicator", "department")
    list_select_related = ("user", "department")
    search_fields = ("user__email", "user__full_name", "department__name")
    autocomplete_fields = ("user", "department")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    list_display = (
        "name",
        "user",
        "scope_list",
        "state",
        "created_at",
        "expires_at",
        "last_used_at",
    )
    list_filter = (("revoked_at", admin.EmptyFieldListFilter), "expires_at")
    list_select_related = ("user",)
    search_fields = ("name", "user__email")
    exclude = ("digest",)
    actions = ("revoke",)

    @admin.display(description="Scopes")
    def scope_list(self, token: ApiToken) -> str:
        return ", ".join(token.scopes)

    @admin.display(description="State")
    def state(self, token: ApiToken) -> str:
        if token.revoked_at:
            return "Revoked"
        return "Valid" if token.expires_at > timezone.now() else "Expired"

    @admin.action(description="Revoke")
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        actor = request.user
        revoked = sum(token_revoke(token=t, actor=actor, request=request) for t in queryset)
        messages.success(request, f"{revoked} of {len(queryset)} revoked.")


@admin.register(AccessEvent)
class AccessEventAdmin(ReadOnlyAdmin):
    """The audit trail. Looking at it is an event too."""

    list_display = ("when", "actor_email", "verb", "target", "detail", "ip_address")
    list_filter = ("verb", "target_type", "at")
    readonly_fields = ("at",)
    search_fields = ("actor_email", "target_key")
    search_help_text = "Actor's e-mail address, or the key of a target"
    list_per_page = 100
    show_full_result_count = False
    actions = None

    @admin.display(description="At", ordering="id")
    def when(self, event: AccessEvent) -> str:
        return timezone.localtime(event.at).strftime("%Y-%m-%d %H:%M:%S")

    @admin.display(description="Target")
    def target(self, event: AccessEvent) -> str:
        return f"{event.target_type} {event.target_key[:8]}"

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        key = request.GET.urlencode()[:64] or "all"
        record_access(request.user, Verb.VIEW, ("accessevent", key), request=request)
        return super().changelist_view(request, extra_context)
