"""Which review may be signed: where a case has several reads, only what they came to."""

from __future__ import annotations

from annotations.adjudication.selectors import open_adjudication, unsettled
from annotations.errors import NotSignable, SignedMeanwhile
from annotations.models import CommittedRead, Review
from annotations.reading.services.reviews import require_writable
from annotations.selectors import (
    open_review,
    reads_blind,
    reads_needed,
    signed_meanwhile,
    unsigned_consensus,
)
from cases.models import Case
from cxrportal.accounts.models import User
from cxrportal.accounts.permissions import CLINICIAN, require_role


def signable_review(user: User, case: Case) -> Review | None:
    """The user's open review, else the consensus that is theirs to sign as it stands."""
    return open_review(user, case) or unsigned_consensus(user, case)


def require_signable(review: Review, reader: User) -> None:
    """Raises NotYourReview, ReviewCompleted, SignedMeanwhile."""
    if unsigned_consensus(reader, review.case) == review:
        require_role(reader, CLINICIAN, review.case.department_id)
    else:
        require_writable(review, reader)
    last = signed_meanwhile(review)
    if last is not None:
        raise SignedMeanwhile(
            f"{last.signed_by} has signed version {last.version} of this report meanwhile. "
            "Nothing of yours was signed; your read is kept."
        )


def require_compared(review: Review) -> None:
    """A read has to be committed, compared or settled first. Raises NotSignable."""
    case = review.case
    settling = open_adjudication(case)
    if settling is not None and settling.pk != review.pk:
        raise NotSignable(f"{settling.reader} is settling this case.", code="being_settled")
    if unsettled(review):
        raise NotSignable("Settle every difference of the reads first.", code="differences_open")
    if review.kind != Review.Kind.READ or review.amends_id:
        return
    if reads_blind(case) and not CommittedRead.objects.filter(review=review).exists():
        raise NotSignable("Commit your read first.", code="not_committed")
    if reads_needed(case) > 1:
        message = "This case has several reads: complete yours, and what they come to is signed."
        raise NotSignable(message, code="needs_more_reads")
