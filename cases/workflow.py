"""The one place that moves a case.

``advance`` is the only writer of ``Case.status``. It locks the row, checks the transition, writes a
``CaseEvent`` and, after commit, sends the only signal there is. Who acts on it is not known here.
"""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.dispatch import Signal

from cases.models import Case, CaseEvent
from cxrportal.accounts.models import User
from cxrportal.common.errors import PortalError

case_advanced = Signal()  # sends case_id (UUID) after commit

S = Case.Status
ALLOWED: dict[str, frozenset[str]] = {
    S.RECEIVED: frozenset({S.INGESTED}),
    S.INGESTED: frozenset({S.ANALYSED, S.RECEIVED}),
    S.ANALYSED: frozenset({S.PROPOSED, S.RECEIVED}),
    S.PROPOSED: frozenset({S.IN_REVIEW, S.RECEIVED}),
    S.IN_REVIEW: frozenset({S.SIGNED}),
    S.SIGNED: frozenset({S.AMENDED}),
    S.AMENDED: frozenset({S.AMENDED}),
}


class TransitionRefused(PortalError):
    code = "transition_refused"
    http_status = 409
    default_message = "The case is not in a state that allows this."


def advance(*, case_id: UUID, to: str, actor: User | None = None, reason: str = "") -> Case:
    """Move the case and tell the pipeline after commit.

    Staying where it is is allowed and still tells the pipeline (a second image, a retry).
    Raises TransitionRefused.
    """
    with transaction.atomic():
        case = Case.objects.select_for_update().get(pk=case_id)
        before = case.status
        if to != before and to not in ALLOWED[before]:
            raise TransitionRefused(f"A case that is {before} cannot become {to}.")
        if to != before:
            Case.objects.filter(pk=case_id).update(status=to)
            case.status = to
        if to != before or reason:
            CaseEvent.objects.create(
                case=case, actor=actor, from_status=before, to_status=to, reason=reason
            )
        transaction.on_commit(lambda: case_advanced.send(sender=Case, case_id=case_id))
    return case
