"""A reader's decisions and own findings, each saved at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from django.db import IntegrityError, transaction

from annotations.errors import InvalidFinding, VersionConflict
from annotations.models import Finding, Review
from annotations.reading.services.guarded import delete_seen, lock_open, update_seen
from annotations.reading.services.reviews import require_writable
from annotations.selectors import box_of, visible_findings
from cases.models import Image
from cxrportal.accounts.models import User
from inference.predict.labels import VOCABULARY

MIN_BOX_PX = 2.0
_CODES = frozenset(term.code for term in VOCABULARY)
_OF_A_PROPOSAL = (
    Finding.Decision.ACCEPTED,
    Finding.Decision.CORRECTED,
    Finding.Decision.REJECTED,
)
BoxXyxy = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class FindingValues:
    """What a reader states. ``box`` is xyxy in original pixels, or none for the whole image."""

    decision: str
    label: str = ""
    box: tuple[float, float, float, float] | None = None
    laterality: str = ""
    certainty: str = Finding.Certainty.CERTAIN
    comment: str = ""
    reject_reason: str = ""


def finding_create(
    *,
    review: Review,
    reader: User,
    client_id: UUID,
    image: Image,
    proposal: Finding | None,
    values: FindingValues,
) -> tuple[Finding, bool]:
    """The finding and whether it is new; the same ``client_id`` again gives the same row.

    Raises InvalidFinding, VersionConflict (the proposal is decided already), ReviewCompleted.
    """
    require_writable(review, reader)
    known = Finding.objects.filter(review=review, client_id=client_id).first()
    if known is not None:
        return known, False
    values = _checked(values, image=image, proposal=proposal)
    _check_place(review, reader, image, proposal)
    try:
        with transaction.atomic():
            lock_open(review)
            finding = Finding.objects.create(
                case=review.case,
                image=image,
                review=review,
                proposal=proposal,
                client_id=client_id,
                **_columns(values),
            )
    except IntegrityError:
        return _already(review, client_id, proposal), False
    return finding, True


def _already(review: Review, client_id: UUID, proposal: Finding | None) -> Finding:
    """The row that was there first: our own repeated request, or a decision of another tab."""
    same = Finding.objects.filter(review=review, client_id=client_id).first()
    if same is not None:
        return same
    decided = Finding.objects.filter(review=review, proposal=proposal).first()
    if decided is None:
        raise InvalidFinding
    raise VersionConflict(decided)


def finding_update(
    *, finding: Finding, reader: User, version: int, values: FindingValues
) -> Finding:
    """Replace what the reader stated. Raises VersionConflict, InvalidFinding, ReviewCompleted."""
    review = _review_of(finding)
    require_writable(review, reader)
    checked = _checked(values, image=finding.image, proposal=finding.proposal)
    return update_seen(finding, review, version=version, columns=_columns(checked))


def finding_delete(*, finding: Finding, reader: User, version: int) -> None:
    """Take a decision or an own finding back. Raises VersionConflict, ReviewCompleted."""
    review = _review_of(finding)
    require_writable(review, reader)
    delete_seen(finding, review, version=version)


def _review_of(finding: Finding) -> Review:
    if finding.review is None:
        raise InvalidFinding("A model's proposal is not changed; accept, correct or reject it.")
    return finding.review


def _check_place(review: Review, reader: User, image: Image, proposal: Finding | None) -> None:
    if image.case_id != review.case_id:
        raise InvalidFinding("The image belongs to another case.")
    if proposal is None:
        return
    visible = visible_findings(reader, review.case).filter(review=None)
    if proposal.image_id != image.pk or not visible.filter(pk=proposal.pk).exists():
        raise InvalidFinding("There is no such proposal on this image.")


def _checked(values: FindingValues, *, image: Image, proposal: Finding | None) -> FindingValues:
    """The values to store: an accepted or rejected proposal keeps the model's label and box."""
    if (values.decision in _OF_A_PROPOSAL) != (proposal is not None):
        raise InvalidFinding("A decision needs a proposal, and an own finding has none.")
    if proposal is not None and values.decision != Finding.Decision.CORRECTED:
        values = replace(values, label=proposal.label, box=box_of(proposal))
    if values.label not in _CODES:
        raise InvalidFinding("This label is not in the vocabulary.", code="unknown_label")
    if values.box is not None:
        values = replace(values, box=_clipped(values.box, image))
    return values


def _clipped(box: tuple[float, float, float, float], image: Image) -> BoxXyxy:
    """The box inside the image, to a tenth of a pixel. Raises InvalidFinding."""
    x_min, y_min, x_max, y_max = box
    inside = (
        round(max(0.0, x_min), 1),
        round(max(0.0, y_min), 1),
        round(min(float(image.columns), x_max), 1),
        round(min(float(image.rows), y_max), 1),
    )
    if inside[2] - inside[0] < MIN_BOX_PX or inside[3] - inside[1] < MIN_BOX_PX:
        raise InvalidFinding("The box is too small or outside the image.", code="invalid_box")
    return inside


def _columns(values: FindingValues) -> dict[str, object]:
    x_min, y_min, x_max, y_max = values.box or (None, None, None, None)
    return {
        "decision": values.decision,
        "label": values.label,
        "x_min": x_min,
        "y_min": y_min,
        "x_max": x_max,
        "y_max": y_max,
        "laterality": values.laterality,
        "certainty": values.certainty,
        "comment": values.comment,
        "reject_reason": values.reject_reason
        if values.decision == Finding.Decision.REJECTED
        else "",
    }
