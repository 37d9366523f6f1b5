"""Asking for a look at annotations."""

from __future__ import annotations

from django.db import transaction

from annotations.exploring.errors import NothingToExplore
from annotations.models import Exploration, Release
from annotations.releases.downloads import release_is_readable
from annotations.releases.filters import ReleaseFilters
from cxrportal.accounts.models import Department, User
from cxrportal.accounts.permissions import RESEARCHER, require_role


def exploration_of_release(*, release: Release, actor: User) -> Exploration:
    """Raises NotAllowed, ReleaseNotReady, ConsentWithdrawn."""
    release_is_readable(release)
    return _create(list(release.departments.all()), actor, release=release)


def exploration_of_database(
    *, departments: list[Department], filters: ReleaseFilters, actor: User
) -> Exploration:
    """Raises NotAllowed, NothingToExplore, ReleaseFilterInvalid."""
    if not departments:
        raise NothingToExplore("Choose at least one department.")
    return _create(departments, actor, filters=filters.checked().as_json())


def _create(departments: list[Department], actor: User, **fields: object) -> Exploration:
    for department in departments:
        require_role(actor, RESEARCHER, department.pk)
    with transaction.atomic():
        exploration = Exploration.objects.create(created_by=actor, **fields)
        exploration.departments.set(departments)
    return exploration
