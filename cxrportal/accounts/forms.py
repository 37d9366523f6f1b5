"""Forms of registration, profile, second factor and tokens."""

from __future__ import annotations

import zoneinfo
from datetime import timedelta
from typing import Any

from allauth.account.forms import SignupForm
from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from cxrportal.accounts.lockout import LockedOut, require_unlocked
from cxrportal.accounts.models import ApiToken, User

# The zones of places; the others are old names, offsets and copies of the system's files.
ZONES = (
    *("Africa/", "America/", "Antarctica/", "Arctic/", "Asia/", "Atlantic/"),
    *("Australia/", "Europe/", "Indian/", "Pacific/", "UTC"),
)


class RegistrationForm(SignupForm):
    """Asks for a name; says the same whether or not the address already has an account."""

    full_name = forms.CharField(
        label=_("Full name"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        help_text=_("As it should stand under a report."),
    )
    field_order = ("full_name", "email", "password1", "password2")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("E-mail address")

    def validate_unique_email(self, value: str) -> str:
        self.account_already_exists = User.objects.filter(email=value.lower()).exists()
        return value

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        if self.account_already_exists:
            return None, redirect("accounts:pending")
        return self.save(request), None


class _CountedCode:
    """A wrong code counts towards the lockout, as a wrong password does."""

    user: User

    def clean_code(self) -> str:
        try:
            require_unlocked(context.request, self.user)
        except LockedOut as error:
            context.request.axes_locked_out = True  # axes' middleware shows the page
            raise forms.ValidationError(error.message, code=error.code) from error
        return super().clean_code()  # type: ignore[misc,no-any-return]


class CountedCodeForm(_CountedCode, AuthenticateForm):
    """At sign-in."""


class CountedCodeAgainForm(_CountedCode, ReauthenticateForm):
    """Before a change of what secures the account."""


class ProfileForm(forms.ModelForm):
    """What a person may change about themselves; address and rights are not among it."""

    time_zone = forms.TypedChoiceField(required=False, empty_value="")

    class Meta:
        model = User
        fields = ("full_name", "title", "time_zone", "theme")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["full_name"].required = True
        zones = sorted(z for z in zoneinfo.available_timezones() if z.startswith(ZONES))
        default = ("", _("As the portal: %(zone)s") % {"zone": settings.TIME_ZONE})
        self.fields["time_zone"].choices = [default, *((z, z.replace("_", " ")) for z in zones)]


class TokenForm(forms.Form):
    """Name, scopes and lifetime of a new API token."""

    name = forms.CharField(
        max_length=80, help_text=_("What will use it, for example “PACS export”.")
    )
    scopes = forms.MultipleChoiceField(
        choices=ApiToken.Scope.choices, widget=forms.CheckboxSelectMultiple
    )
    days = forms.TypedChoiceField(
        label=_("Valid for"),
        coerce=int,
        initial=90,
        choices=((7, _("7 days")), (30, _("30 days")), (90, _("90 days")), (365, _("365 days"))),
    )

    @property
    def lifetime(self) -> timedelta:
        return timedelta(days=self.cleaned_data["days"])
