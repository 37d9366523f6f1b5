"""Who a person is: an account with an e-mail address."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower


class UserManager(BaseUserManager["User"]):
    """Creates accounts by e-mail address; the address is stored in lower case."""

    def create_user(self, email: str, password: str | None = None, **fields: object) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: object) -> User:
        rights = {"is_staff": True, "is_superuser": True, "is_approved": True}
        return self.create_user(email, password, **(rights | fields))

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser, PermissionsMixin):
    """An account. ``is_staff`` is the administrator's role; clinical roles are memberships."""

    class Theme(models.TextChoices):
        AUTO = "auto", "As the system"
        LIGHT = "light", "Light"
        DARK = "dark", "Dark"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField("e-mail address", max_length=254)
    full_name = models.CharField(max_length=200, blank=True)
    title = models.CharField(max_length=100, blank=True, help_text="Stands under a signature.")
    time_zone = models.CharField(max_length=64, blank=True)
    theme = models.CharField(max_length=8, choices=Theme, default=Theme.AUTO)
    worklist_order = models.CharField(
        max_length=8,
        blank=True,
        editable=False,
        help_text="Empty: what is offered first.",
    )
    is_active = models.BooleanField(default=True)
    is_approved = models.BooleanField(
        "approved", default=False, help_text="A registration may log in once this is set."
    )
    is_staff = models.BooleanField("administrator", default=False)
    is_imported = models.BooleanField(
        default=False, editable=False, help_text="A reader of an imported data set: never a login."
    )
    date_joined = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        ordering = ("email",)
        constraints = (
            models.UniqueConstraint(Lower("email"), name="user_email_unique_case_insensitive"),
            models.CheckConstraint(
                condition=models.Q(is_imported=False)
                | models.Q(is_active=False, is_approved=False, is_staff=False, is_superuser=False),
                name="user_imported_is_no_login",
            ),
        )

    def __str__(self) -> str:
        return self.full_name or self.email

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self)
