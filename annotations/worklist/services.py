"""What a reader does to the worklist, other than reading: flags, filters, who reads what."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, transaction

from annotations.models import Flag, SavedFilter
from annotations.worklist.query import Order
from cases.models import Case
from cases.services.cases import case_update
from cxrportal.accounts.models import User
from cxrportal.common.errors import PortalError

MAX_FILTERS = 30
MAX_AT_ONCE = 200


class FilterNameTaken(PortalError):
    code = "filter_name_taken"
    http_status = 409
    default_message = "You have a filter of this name already."


class TooManyFilters(PortalError):
    code = "too_many_filters"
    http_status = 409
    default_message = f"{MAX_FILTERS} filters can be kept. Delete one first."


class TooManyCases(PortalError):
    code = "too_many_cases"
    http_status = 400
    default_message = f"At most {MAX_AT_ONCE} cases can be changed at once."


def order_remember(*, user: User, order: Order) -> None:
    """The next visit opens with it."""
    if user.worklist_order != order.value:
        User.objects.filter(pk=user.pk).update(worklist_order=order.value)


def case_flag(*, case: Case, user: User, on: bool) -> None:
    """Set or take away one's own mark. Safe to run twice."""
    if on:
        Flag.objects.get_or_create(user=user, case=case)
    else:
        Flag.objects.filter(user=user, case=case).delete()


def filter_save(*, user: User, name: str, query: str, is_default: bool = False) -> SavedFilter:
    """Keep a question under a name. Raises FilterNameTaken, TooManyFilters."""
    if SavedFilter.objects.filter(user=user).count() >= MAX_FILTERS:
        raise TooManyFilters
    try:
        with transaction.atomic():
            if is_default:
                _no_default(user)
            return SavedFilter.objects.create(
                user=user, name=name, query=query, is_default=is_default
            )
    except IntegrityError as error:
        raise FilterNameTaken from error


def filter_change(*, saved: SavedFilter, name: str, is_default: bool) -> SavedFilter:
    """Another name, or what the list opens with. Raises FilterNameTaken."""
    try:
        with transaction.atomic():
            if is_default:
                _no_default(saved.user)
            SavedFilter.objects.filter(pk=saved.pk).update(name=name, is_default=is_default)
    except IntegrityError as error:
        raise FilterNameTaken from error
    saved.refresh_from_db()
    return saved


def filter_delete(*, saved: SavedFilter) -> None:
    saved.delete()


def _no_default(user: User) -> None:
    SavedFilter.objects.filter(user=user, is_default=True).update(is_default=False)


@dataclass(frozen=True, slots=True)
class Refused:
    """A case that stayed as it was, and why."""

    case: Case
    message: str


@dataclass(frozen=True, slots=True)
class Changed:
    """What became of many cases, in the order in which they were named."""

    done: tuple[Case, ...]
    refused: tuple[Refused, ...]


def cases_change(
    *,
    cases: Sequence[Case],
    seen: dict[UUID, int],
    actor: User,
    values: dict[str, object],
    on_change: Callable[[Case], object],
) -> Changed:
    """Give several cases the same assignee or priority, each by itself: one refusal stops no other.

    ``seen``: the version that the actor saw of each. ``on_change`` hears of every changed case.
    Raises TooManyCases.
    """
    if len(cases) > MAX_AT_ONCE:
        raise TooManyCases
    done: list[Case] = []
    refused: list[Refused] = []
    for case in cases:
        try:
            changed = case_update(case=case, actor=actor, version=seen[case.pk], **values)
        except PortalError as error:
            refused.append(Refused(case, error.message))
            continue
        on_change(changed)
        done.append(changed)
    return Changed(tuple(done), tuple(refused))
