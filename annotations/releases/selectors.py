"""Which releases are due, and what a release would hold."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Subquery

from annotations.models import Exploration, Finding, Release, Review, SignedReport
from annotations.releases.filters import Reads
from cases.models import Case, Image
from cxrportal.accounts.models import User
from inference.models import InferenceRun

ALIAS_LETTERS = 8
Selection = Release | Exploration  # what has departments and filters


def releases_to_build(case_id: UUID | None) -> Any:
    """Releases that are due. They belong to no case, so only the sweep starts them."""
    return Release.objects.none() if case_id else Release.objects.due()


def reviews_of_release(release: Selection) -> Any:
    """The reads whose statements the release takes, of cases that its filter takes.

    Only patients who consented to research use; archived cases stay out.
    """
    wanted = release.filters
    reviews = _chosen(wanted.get("reads", Reads.SIGNED)).filter(
        case__department__in=release.departments.all(),
        case__is_archived=False,
        case__patient__research_consent=True,
        case__patient__confirmed=True,
    )
    if wanted.get("readers"):
        reviews = reviews.filter(reader__in=_readers_called(release, wanted["readers"]))
    if not wanted.get("include_synthetic"):
        reviews = reviews.filter(case__is_synthetic=False)
    if wanted.get("study_date_from"):
        reviews = reviews.filter(case__study_date__gte=wanted["study_date_from"])
    if wanted.get("study_date_to"):
        reviews = reviews.filter(case__study_date__lte=wanted["study_date_to"])
    if wanted.get("sexes"):
        reviews = reviews.filter(case__patient__sex__in=wanted["sexes"])
    if wanted.get("models"):
        runs = InferenceRun.objects.filter(
            image__case=OuterRef("case"), state="DONE", model_version__sha256__in=wanted["models"]
        )
        reviews = reviews.filter(Exists(runs))
    if wanted.get("findings"):
        stated = Finding.objects.stated().filter(label__in=wanted["findings"])
        cases = stated.filter(review__in=reviews.values("pk")).values("case")
        reviews = reviews.filter(case__in=cases)
    return reviews.select_related("case__patient", "reader").order_by(F("completed_at").asc(), "pk")


def _chosen(reads: str) -> Any:
    """The reviews of one kind, the newest of a case (of a case and reader for ``any``)."""
    done = Review.objects.filter(state=Review.State.COMPLETED)
    newest = done.filter(case=OuterRef("case")).order_by("-completed_at", "-id")
    if reads == Reads.IMPORTED:
        return Review.objects.imported()
    if reads == Reads.CONSENSUS:
        of_case = newest.consensus().values("pk")
        return done.filter(pk=Subquery(of_case[:1]))
    if reads == Reads.ANY:
        of_reader = newest.filter(reader=OuterRef("reader")).exclude(kind="CONSENSUS").values("pk")
        return done.filter(pk=Subquery(of_reader[:1]))
    latest = SignedReport.objects.filter(case=OuterRef("case")).order_by("-version")
    return done.filter(pk=Subquery(latest.values("review")[:1]))


def images_of_release(release: Selection) -> Any:
    """The images of those cases, in the views that the filter takes."""
    images = Image.objects.filter(case__in=reviews_of_release(release).values("case"))
    views = release.filters.get("views")
    return images.filter(view_position__in=views) if views else images


def reader_alias(user_id: UUID) -> str:
    """What a researcher calls a reader by: stable, and nobody's name."""
    return hashlib.sha256(f"reader {user_id}".encode()).hexdigest()[:ALIAS_LETTERS]


def reader_choices(departments: Iterable[UUID]) -> list[tuple[str, str]]:
    """(alias, what is shown) of everybody with a completed read there, the busiest first.

    Readers of imported data sets keep the name that the data set gives them.
    """
    done = User.objects.filter(
        reviews__state=Review.State.COMPLETED, reviews__case__department__in=list(departments)
    )
    counted = done.annotate(reads=Count("reviews")).order_by("-reads", "pk")
    return [(reader_alias(user.pk), _shown(user, user.reads)) for user in counted]


def _shown(user: User, reads: int) -> str:
    name = str(user) if user.is_imported else f"Reader {reader_alias(user.pk)}"
    return f"{name}: {reads} read{'' if reads == 1 else 's'}"


def _readers_called(release: Selection, aliases: list[str]) -> list[UUID]:
    departments = release.departments.values("pk")
    readers = User.objects.filter(reviews__case__department__in=departments).distinct()
    return [pk for pk in readers.values_list("pk", flat=True) if reader_alias(pk) in aliases]


def age_is_wanted(release: Selection, age_years: int | None) -> bool:
    """An unknown age is in no range."""
    low, high = release.filters.get("age_from"), release.filters.get("age_to")
    if low is None and high is None:
        return True
    return age_years is not None and (low or 0) <= age_years and (high is None or age_years <= high)


def consent_is_withdrawn(release: Release) -> bool:
    """Somebody whose image is in the sealed release no longer consents to research use."""
    return bool(release.patients.filter(research_consent=False).exists())


def cases_of_release(release: Selection) -> Any:
    """The cases of the reads that it takes."""
    return Case.objects.filter(pk__in=reviews_of_release(release).values("case"))
