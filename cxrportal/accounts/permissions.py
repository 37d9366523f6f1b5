"""The only place that decides who may act.

What a user may *see* is decided by ``visible_to`` of each queryset (a stranger gets 404); this
module names the acts: permission classes for the API, mixins for pages, questions services ask.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.permissions import SAFE_METHODS, BasePermission

from cxrportal.accounts.models import ApiToken, Department, Membership, User
from cxrportal.common.errors import PortalError

if TYPE_CHECKING:  # REST framework's views read their defaults, this module among them, on import
    from rest_framework.request import Request
    from rest_framework.views import APIView

CLINICIAN = Membership.Role.CLINICIAN
RESEARCHER = Membership.Role.RESEARCHER


class NotAllowed(PortalError):
    code = "not_allowed"
    http_status = 403
    default_message = "Your role does not allow this."


def is_approved(user: Any) -> bool:
    return bool(isinstance(user, User) and user.is_active and user.is_approved)


def has_role(user: Any, role: str) -> bool:
    return is_approved(user) and any(
        m.role == role and m.department.is_active for m in memberships_of(user)
    )


def is_administrator(user: Any) -> bool:
    return is_approved(user) and user.is_staff


def department_ids(user: User, role: str) -> list[UUID]:
    """Keys of the active departments in which ``user`` has ``role``."""
    return [department.pk for department in departments_of(user, role)]


def departments_of(user: User, role: str) -> list[Department]:
    """Active departments in which ``user`` has ``role``, by name."""
    return [m.department for m in memberships_of(user) if m.role == role and m.department.is_active]


def require_role(user: User, role: str, department_id: UUID) -> None:
    """Raises NotAllowed."""
    if not is_approved(user) or department_id not in department_ids(user, role):
        raise NotAllowed


def memberships_of(user: User) -> list[Membership]:
    """The user's memberships, read once per request (the user object lives as long as it)."""
    if not hasattr(user, "_portal_memberships"):
        user._portal_memberships = list(user.memberships.select_related("department"))  # type: ignore[attr-defined]
    return user._portal_memberships  # type: ignore[attr-defined,no-any-return]


class IsApproved(BasePermission):
    """Logged in, active and approved; a token also needs the scope of the view."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return is_approved(request.user) and _scope_allows(request, view)


class IsClinician(IsApproved):
    """A clinician of any department; the rows are filtered by ``visible_to``."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return super().has_permission(request, view) and has_role(request.user, CLINICIAN)


def works_on_models(user: Any) -> bool:
    """Who tries models out and weighs their evidence."""
    return has_role(user, RESEARCHER) or is_administrator(user)


class MayWorkOnModels(IsApproved):
    def has_permission(self, request: Request, view: APIView) -> bool:
        return super().has_permission(request, view) and works_on_models(request.user)


class IsResearcher(IsApproved):
    def has_permission(self, request: Request, view: APIView) -> bool:
        return super().has_permission(request, view) and has_role(request.user, RESEARCHER)


class IsAdministrator(IsApproved):
    def has_permission(self, request: Request, view: APIView) -> bool:
        return super().has_permission(request, view) and is_administrator(request.user)


def _scope_allows(request: Request, view: APIView) -> bool:
    """A browser session holds every scope; a token only those it was given."""
    token = request.auth
    if not isinstance(token, ApiToken):
        return True
    scopes = set(token.scopes)
    needed = getattr(view, "token_scope", None)
    if needed is None:
        needed = ApiToken.Scope.READ if request.method in SAFE_METHODS else ApiToken.Scope.WRITE
    implied = {ApiToken.Scope.READ, ApiToken.Scope.UPLOAD} if "write" in scopes else set()
    return needed in scopes | implied


class RolePageMixin(LoginRequiredMixin):
    """A page for one role. Strangers to the role get 404, as for a page that does not exist."""

    role: ClassVar[str] = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and not self.allowed(request.user):
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    def allowed(self, user: Any) -> bool:
        return has_role(user, self.role)


class ClinicianPageMixin(RolePageMixin):
    role = CLINICIAN


def adjudicated_departments(user: User) -> list[UUID]:
    """Active departments in which ``user`` settles what readers differ in."""
    return [
        m.department_id for m in memberships_of(user) if m.adjudicator and m.department.is_active
    ]


def adjudicates(user: Any) -> bool:
    """An adjudicator of at least one department."""
    return is_approved(user) and bool(adjudicated_departments(user))


def edits_report_templates(user: User, department_id: UUID) -> bool:
    """Who writes what all reports of a department begin with: its adjudicators; administrators do
    it in the Django admin.
    """
    return is_administrator(user) or (
        is_approved(user) and department_id in adjudicated_departments(user)
    )


def compares_readers(user: Any) -> bool:
    """Who sees how readers agree; researchers and administrators without patients, of course."""
    return adjudicates(user) or works_on_models(user)


class AdjudicatorPageMixin(RolePageMixin):
    def allowed(self, user: Any) -> bool:
        return adjudicates(user)


class AgreementPageMixin(RolePageMixin):
    def allowed(self, user: Any) -> bool:
        return compares_readers(user)


class ResearcherPageMixin(RolePageMixin):
    role = RESEARCHER


class AdministratorPageMixin(RolePageMixin):
    def allowed(self, user: Any) -> bool:
        return is_administrator(user)


class ModelWorkPageMixin(RolePageMixin):
    def allowed(self, user: Any) -> bool:
        return works_on_models(user)


class ApprovedPageMixin(RolePageMixin):
    """A page for everyone who may work here, whatever their role."""

    def allowed(self, user: Any) -> bool:
        return is_approved(user)
