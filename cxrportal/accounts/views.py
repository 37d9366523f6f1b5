"""Profile, API tokens, the set-up of the second factor, and what a new registration sees."""

from __future__ import annotations

from typing import Any

from allauth.account import views as allauth_views
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.generic import TemplateView, UpdateView

from cxrportal.accounts import second_factor
from cxrportal.accounts.audit import Verb, record_access
from cxrportal.accounts.forms import ProfileForm, TokenForm
from cxrportal.accounts.middleware import SessionExpired
from cxrportal.accounts.models import ApiToken, User
from cxrportal.accounts.permissions import memberships_of
from cxrportal.accounts.reauthentication import ask_unless_recent, authenticated_recently
from cxrportal.accounts.tokens import token_issue, token_revoke


def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session; the browser forgets the pixels that it kept (on https and localhost)."""
    response: HttpResponse = allauth_views.logout(request)
    if request.method == "POST":
        response["Clear-Site-Data"] = '"cache"'
    return response


class PendingView(TemplateView):
    """A registration waits for approval. The same page for everyone, so it tells nothing."""

    template_name = "accounts/pending.html"


class AliveView(View):
    """Someone works on a page without asking for anything: the middleware notes the activity."""

    def get(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            raise SessionExpired
        return JsonResponse({"idle_timeout_s": settings.IDLE_TIMEOUT_S})


class ProfileView(LoginRequiredMixin, UpdateView):
    form_class = ProfileForm
    template_name = "accounts/profile.html"
    success_url = reverse_lazy("accounts:profile")

    def get_object(self, queryset: Any = None) -> User:
        return User.objects.get(pk=self.request.user.pk)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            memberships=memberships_of(self.request.user),
            second_factor=second_factor.is_enrolled(self.request.user),
            **kwargs,
        )

    def form_valid(self, form: Any) -> HttpResponse:
        if form.changed_data:
            detail = "profile: " + ", ".join(form.changed_data)
            record_access(
                self.request.user, Verb.CHANGE, form.instance, detail=detail, request=self.request
            )
        messages.success(self.request, "Your profile is saved.")
        return super().form_valid(form)


class SecondFactorView(LoginRequiredMixin, TemplateView):
    """Why a second factor, and which kinds there are."""

    template_name = "accounts/second_factor.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        return super().get_context_data(
            required=second_factor.is_required(user),
            enrolled=second_factor.is_enrolled(user),
            **kwargs,
        )


@method_decorator(never_cache, name="dispatch")
class TokensView(LoginRequiredMixin, View):
    """The user's tokens; a new one needs a second factor and a recent authentication."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.page(request, TokenForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        ask_unless_recent(request)
        second_factor.require_enrolled(request.user)
        form = TokenForm(request.POST)
        if not form.is_valid():
            return self.page(request, form, status=400)
        _, secret = token_issue(
            user=request.user,
            name=form.cleaned_data["name"],
            scopes=form.cleaned_data["scopes"],
            lifetime=form.lifetime,
            request=request,
        )
        return self.page(request, TokenForm(), secret=secret)

    def page(
        self, request: HttpRequest, form: TokenForm, *, secret: str = "", status: int = 200
    ) -> HttpResponse:
        context = {
            "form": form,
            "secret": secret,
            "tokens": ApiToken.objects.filter(user=request.user),
            "enrolled": second_factor.is_enrolled(request.user),
            "fresh": authenticated_recently(request),
        }
        return render(request, "accounts/tokens.html", context, status=status)


class TokenRevokeView(LoginRequiredMixin, View):
    http_method_names = ("post",)

    def post(self, request: HttpRequest, pk: Any) -> HttpResponse:
        token = get_object_or_404(ApiToken, pk=pk, user=request.user)
        if not token_revoke(token=token, actor=request.user, request=request):
            raise Http404
        messages.success(request, f"The token “{token.name}” is revoked.")
        return redirect("accounts:tokens")
