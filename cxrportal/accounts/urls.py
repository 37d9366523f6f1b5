"""Addresses under ``/accounts/``: our own pages and those of allauth that the portal uses."""

from __future__ import annotations

from allauth.account import views as allauth_views
from django.urls import include, path, re_path

from cxrportal.accounts import views

portal = (
    [
        path("alive/", views.AliveView.as_view(), name="alive"),
        path("pending/", views.PendingView.as_view(), name="pending"),
        path("profile/", views.ProfileView.as_view(), name="profile"),
        path("second-factor/", views.SecondFactorView.as_view(), name="second-factor"),
        path("tokens/", views.TokensView.as_view(), name="tokens"),
        path("tokens/<uuid:pk>/revoke/", views.TokenRevokeView.as_view(), name="token-revoke"),
    ],
    "accounts",
)
urlpatterns = [
    path("", include(portal)),
    path("login/", allauth_views.login, name="account_login"),
    path("logout/", views.sign_out, name="account_logout"),
    path("inactive/", allauth_views.account_inactive, name="account_inactive"),
    path("signup/", allauth_views.signup, name="account_signup"),
    path("reauthenticate/", allauth_views.reauthenticate, name="account_reauthenticate"),
    path("password/change/", allauth_views.password_change, name="account_change_password"),
    path("password/set/", allauth_views.password_set, name="account_set_password"),
    path("password/reset/", allauth_views.password_reset, name="account_reset_password"),
    path(
        "password/reset/done/",
        allauth_views.password_reset_done,
        name="account_reset_password_done",
    ),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        allauth_views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        allauth_views.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("2fa/", include("allauth.mfa.urls")),
    path("sessions/", include("allauth.usersessions.urls")),
]
