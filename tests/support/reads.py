"""Several reads of one case, through the services that a page uses."""

from __future__ import annotations

from annotations.adjudication.services import Completed, review_complete
from annotations.comparison.types import BoxXyxy
from annotations.models import CommittedRead, Review
from annotations.reading.services.commits import review_commit
from annotations.reading.services.reviews import review_open, review_update
from cases.models import Case
from cxrportal.accounts.models import Department, Membership, User
from tests.support.people import make_user
from tests.support.readings import decide

BOX = (10.0, 10.0, 30.0, 30.0)
NEAR = (12.0, 10.0, 32.0, 30.0)  # 18 x 20 shared of 22 x 20: IoU 0.82
FAR = (50.0, 60.0, 70.0, 80.0)

Stated = tuple[str, BoxXyxy | None]


def make_adjudicator(department: Department, **fields: object) -> User:
    user = make_user("clinician", department, **fields)
    Membership.objects.filter(user=user).update(adjudicator=True)
    return user


def begin(case: Case, reader: User, *stated: Stated) -> Review:
    """An open read with these findings; with none of them "no finding" is ticked."""
    review = review_open(case=case, reader=reader)
    for label, box in stated:
        decide(review, label=label, box=box)
    if not stated:
        review = review_update(
            review=review, reader=reader, version=review.version, no_finding=True
        )
    return review


def commit(review: Review) -> CommittedRead:
    return review_commit(review=review, reader=review.reader, version=review.version)


def complete(case: Case, reader: User, *stated: Stated) -> Completed:
    """A completed read with these findings."""
    review = begin(case, reader, *stated)
    return review_complete(review=review, reader=reader, version=review.version)
