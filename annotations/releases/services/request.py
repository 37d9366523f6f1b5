"""Asking for a release."""

from __future__ import annotations

import re

from django.db import IntegrityError, transaction
from django.db.models import Max

from annotations.models import Release
from annotations.releases.errors import ReleaseEmpty, ReleaseNameInvalid
from annotations.releases.filters import ReleaseFilters
from cxrportal.accounts.models import Department, User
from cxrportal.accounts.permissions import RESEARCHER, require_role

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")


def release_request(
    *,
    name: str,
    departments: list[Department],
    actor: User,
    filters: ReleaseFilters | None = None,
) -> Release:
    """The next number of this name, waiting to be built.

    Raises NotAllowed, ReleaseNameInvalid, ReleaseFilterInvalid.
    """
    if not _NAME.fullmatch(name):
        raise ReleaseNameInvalid
    if not departments:
        raise ReleaseEmpty("Choose at least one department.")
    for department in departments:
        require_role(actor, RESEARCHER, department.pk)
    wanted = (filters or ReleaseFilters()).checked().as_json()
    for _ in range(5):
        try:
            return _create(name, departments, actor, wanted)
        except IntegrityError:  # another request took this number meanwhile
            continue
    raise ReleaseNameInvalid("This name is being released by others now. Try again.")


def _create(
    name: str, departments: list[Department], actor: User, filters: dict[str, object]
) -> Release:
    with transaction.atomic():
        last = Release.objects.filter(name=name).aggregate(last=Max("number"))["last"] or 0
        release = Release.objects.create(
            name=name, number=last + 1, created_by=actor, filters=filters
        )
        release.departments.set(departments)
    return release
