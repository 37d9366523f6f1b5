"""What administrators do to accounts. Each writes one event of the audit trail."""

from __future__ import annotations

import hashlib

from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from axes.handlers.proxy import AxesProxyHandler
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.urls import reverse

from cxrportal.accounts.audit import Verb, record_access
from cxrportal.accounts.models import Department, User
from cxrportal.accounts.tokens import tokens_revoke_all
from cxrportal.common.errors import PortalError


class OwnAccount(PortalError):
    code = "own_account"
    http_status = 409
    default_message = "You cannot do this to your own account; ask another administrator."


def imported_reader(*, department: Department, source: str, name: str) -> User:
    """Who stands behind the reads of an imported data set: a name, no login. The same each time."""
    digest = hashlib.sha256(f"{department.pk}\0{source}\0{name}".encode()).hexdigest()
    user, _ = User.objects.get_or_create(
        email=f"{digest[:24]}@imported.invalid",
        defaults={
            "full_name": f"{name[:120]} ({source}, imported)",
            "password": make_password(None),
            "is_active": False,
            "is_imported": True,
        },
    )
    return user


def user_approve(*, user: User, actor: User) -> bool:
    """Let a registration in; False when it already was approved."""
    with transaction.atomic():
        people = User.objects.filter(is_imported=False)
        changed = bool(people.filter(pk=user.pk, is_approved=False).update(is_approved=True))
        if changed:
            record_access(actor, Verb.ADMINISTER, user, detail="approved")
    return changed


def user_deactivate(*, user: User, actor: User) -> bool:
    """Shut an account: its sessions end and its tokens are revoked. Raises OwnAccount."""
    if user.pk == actor.pk:
        raise OwnAccount
    with transaction.atomic():
        changed = bool(User.objects.filter(pk=user.pk, is_active=True).update(is_active=False))
        if changed:
            record_access(actor, Verb.ADMINISTER, user, detail="deactivated")
            sessions_end(user=user)
            tokens_revoke_all(user=user, actor=actor, reason="account deactivated")
    return changed


def user_reactivate(*, user: User, actor: User) -> bool:
    """Open a shut account again; False when it was open."""
    with transaction.atomic():
        people = User.objects.filter(is_imported=False)
        changed = bool(people.filter(pk=user.pk, is_active=False).update(is_active=True))
        if changed:
            record_access(actor, Verb.ADMINISTER, user, detail="activated again")
    return changed


def user_unlock(*, user: User, actor: User) -> int:
    """Forget wrong passwords and codes, from every address. Returns how many records there were."""
    with transaction.atomic():
        forgotten: int = AxesProxyHandler.reset_attempts(username=user.email)
        record_access(actor, Verb.ADMINISTER, user, detail="lockout lifted")
    return forgotten


def user_reset_link(*, user: User, actor: User) -> str:
    """Where ``user`` can choose a new password: works once, within PASSWORD_RESET_TIMEOUT.

    For portals without a mail server: the administrator hands it over. It is not stored anywhere.
    """
    record_access(actor, Verb.ADMINISTER, user, detail="password reset link made")
    values = {"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)}
    return reverse("account_reset_password_from_key", kwargs=values)


def user_reset_second_factor(*, user: User, actor: User) -> int:
    """Remove a lost second factor: sessions end, tokens are revoked. Raises OwnAccount.

    Returns how many authenticators there were. Who must have one sets it up at the next sign-in.
    """
    if user.pk == actor.pk:
        raise OwnAccount
    with transaction.atomic():
        removed: int = Authenticator.objects.filter(user=user).delete()[0]
        record_access(actor, Verb.ADMINISTER, user, detail="second factor removed")
        sessions_end(user=user)
        tokens_revoke_all(user=user, actor=actor, reason="second factor removed")
    return removed


def sessions_end(*, user: User) -> int:
    """Sign out everywhere. Returns how many sessions ended."""
    sessions = list(UserSession.objects.filter(user=user))
    for session in sessions:
        session.end()
    return len(sessions)


def user_address_changed(*, user: User) -> None:
    """The former address can neither sign in nor get mails any more; sessions end."""
    with transaction.atomic():
        EmailAddress.objects.filter(user=user).exclude(email=user.email).delete()
        sessions_end(user=user)
