"""Signing: what stands in the report is frozen, its files are stored, and then the case moves."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import datetime
from io import BytesIO
from typing import cast
from uuid import uuid4

import cv2
import numpy as np
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from annotations.errors import NotSignable, VersionConflict
from annotations.models import Letterhead, Review, SignedReport
from annotations.reports.content import report_content
from annotations.reports.drafts import edited_findings, letterhead_of
from annotations.reports.signable import require_compared, require_signable
from cases.models import Case, Image
from cases.reports.content import ReportContent
from cases.reports.pdf import Paper, render_pdf
from cases.reports.pictures import picture_sha256
from cases.workflow import advance
from cxrportal.accounts.models import User
from cxrportal.common.errors import PortalError
from cxrportal.common.storage import put_durable, read_bytes


class ReportDamaged(PortalError):
    code = "report_damaged"
    http_status = 500
    default_message = "The stored report is not what was signed, so it is not shown."


def report_sign(
    *, review: Review, reader: User, version: int, seen: str | None = None
) -> SignedReport:
    """Freeze the review as the next version of the report.

    ``version`` is that of the review the reader saw, ``seen`` the SHA-256 of the draft's content on
    the page they signed. The caller has re-authenticated the reader.
    Raises NotSignable, SignedMeanwhile, VersionConflict, ReviewCompleted, NotYourReview,
    StorageUnavailable.
    """
    require_signable(review, reader)
    if seen is not None and seen != draft_content(review).content_sha256:
        raise VersionConflict(review)
    signed_at = timezone.now()
    content = _signable_content(review, version, signed_at=signed_at)
    pictures = report_pictures(content)
    frozen = _with_pictures(content, pictures)
    letterhead = letterhead_of(review)
    pdf = _pdf(frozen, pictures, letterhead)
    pdf_sha256 = hashlib.sha256(pdf).hexdigest()
    key = f"reports/{review.case_id}/{content.version}-{uuid4().hex}.pdf"
    put_durable(key, BytesIO(pdf))
    with transaction.atomic():
        case = Case.objects.select_for_update().get(pk=review.case_id)
        locked = Review.objects.select_for_update().get(pk=review.pk)
        require_signable(locked, reader)
        if _signable_content(locked, version, signed_at=signed_at) != content:
            raise VersionConflict(locked)
        report = SignedReport.objects.create(
            case=case,
            review=locked,
            version=content.version,
            content=json.loads(frozen.to_json()),
            content_sha256=frozen.content_sha256,
            pdf_key=key,
            pdf_sha256=pdf_sha256,
            signed_by=reader,
            signed_at=signed_at,
            supersedes=SignedReport.objects.filter(case=case).order_by("-version").first(),
        )
        Review.objects.filter(pk=locked.pk).update(
            state=Review.State.COMPLETED, completed_at=signed_at
        )
        to = Case.Status.SIGNED if content.version == 1 else Case.Status.AMENDED
        advance(case_id=case.pk, to=to, actor=reader, reason=f"report_{content.version}_signed")
    return report


def _signable_content(review: Review, version: int, *, signed_at: datetime) -> ReportContent:
    """The content to sign. Raises NotSignable, VersionConflict."""
    require_compared(review)
    case = Case.objects.select_related("patient", "department").get(pk=review.case_id)
    if not case.patient.confirmed:
        raise NotSignable("Confirm who the patient is first.", code="patient_unconfirmed")
    if case.is_archived:
        raise NotSignable("The case is archived. Restore it first.", code="case_archived")
    if review.version != version:
        raise VersionConflict(review)
    fresh = Review.objects.select_related("case__department", "case__patient", "reader")
    content = report_content(fresh.get(pk=review.pk), signed_at=signed_at)
    stated = content.findings or content.no_finding or content.impression
    if not stated and not edited_findings(review):
        message = "State a finding, tick “No finding” or write an impression first."
        raise NotSignable(message, code="nothing_stated")
    if not content.images:
        raise NotSignable("There is no image to report on.", code="no_image")
    return content


def _with_pictures(content: ReportContent, pictures: dict[str, np.ndarray]) -> ReportContent:
    """The content whose hash covers the displayed pixels as well as the text."""
    images = (
        replace(image, picture_sha256=picture_sha256(pictures[image.image_id]))
        for image in content.images
    )
    return replace(content, images=tuple(images))


def report_pictures(content: ReportContent) -> dict[str, np.ndarray]:
    """The display pictures that the content names: image id -> (H, W) uint8."""
    keys = dict(
        Image.objects.filter(pk__in=[image.image_id for image in content.images]).values_list(
            "pk", "display_key"
        )
    )
    return {str(pk): _picture(key) for pk, key in keys.items()}


def _picture(key: str) -> np.ndarray:
    picture = cv2.imdecode(np.frombuffer(read_bytes(key), np.uint8), cv2.IMREAD_GRAYSCALE)
    if picture is None:
        raise ReportDamaged("A picture of this report cannot be read.", code="picture_unreadable")
    return picture


def draft_pdf(review: Review) -> bytes:
    """The report as it would look now, with its "Draft" mark."""
    content = draft_content(review)
    return _pdf(content, report_pictures(content), letterhead_of(review))


def draft_content(review: Review) -> ReportContent:
    """What would be signed now, read afresh."""
    fresh = Review.objects.select_related("case__department", "case__patient", "reader")
    return report_content(fresh.get(pk=review.pk), signed_at=None)


def _pdf(content: ReportContent, pictures: dict[str, np.ndarray], letterhead: Letterhead) -> bytes:
    logo = read_bytes(letterhead.logo_key) if content.logo_sha256 else None
    paper = cast(Paper, letterhead.paper or settings.REPORT_PAPER)
    return render_pdf(content, pictures, paper=paper, logo=logo)


def signed_pdf(report: SignedReport) -> bytes:
    """The bytes that were signed, checked against their hash. Raises ReportDamaged.

    A version that has been replaced since is the same bytes: the page says what it was replaced by.
    """
    pdf = read_bytes(report.pdf_key)
    if hashlib.sha256(pdf).hexdigest() != report.pdf_sha256:
        raise ReportDamaged
    return pdf
