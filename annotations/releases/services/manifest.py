"""What a release says of itself, put together from the build and the database."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from annotations.exports.deidentify import Deidentifier
from annotations.exports.manifest import Counts, KeyFate, Manifest, ModelUsed, file_entries
from annotations.models import Release
from annotations.releases.filters import Images
from annotations.releases.formats import Formats
from annotations.releases.pixels import SAID
from annotations.releases.selectors import cases_of_release, reader_alias, reviews_of_release
from inference.models import InferenceRun, ModelVersion


@dataclass(frozen=True, slots=True)
class Told:
    """What the writers of a build counted. ``left_out``: images by reason."""

    counts: Counts
    formats: Formats
    left_out: Counter[str]


def manifest_of(release: Release, deidentifier: Deidentifier, folder: Path, told: Told) -> Manifest:
    """Of the files in ``folder``. The key is gone once the release is sealed, never before."""
    begun = release.begun_at or release.created_at
    return Manifest(
        release=release.name,
        number=release.number,
        made_at=begun.isoformat(timespec="seconds"),
        made_by=deidentifier.reader(str(release.created_by_id)),
        code_version=settings.CODE_VERSION,
        models=_models(release),
        filters=_filters(release, deidentifier),
        deidentification={
            "dates": "shifted back by a constant number of days a patient",
            "ages": "bands, 90 and above pooled",
            "pseudonyms": "HMAC-SHA256 with a key of this release",
            "pictures": SAID[Images(release.filters.get("images", Images.PNG8))],
            "free_text": "left out",
            "burned_in_text": "reviewed by a clinician wherever suspected; masks painted black",
            "left_out": dict(told.left_out),
        },
        key=KeyFate.DESTROYED,
        counts=told.counts,
        files=file_entries(folder),
        splits=told.formats.split_proof(),
        formats=told.formats.said(),
    )


def _filters(release: Release, deidentifier: Deidentifier) -> dict[str, Any]:
    """As asked for; readers under the pseudonyms that they have in this release."""
    reviews = reviews_of_release(release)
    readers = reviews.order_by("reader").values_list("reader", "imported_from").distinct()
    wanted = set(release.filters.get("readers", ()))
    named = {
        deidentifier.reader(str(pk), imported=origin is not None)
        for pk, origin in readers
        if reader_alias(pk) in wanted
    }
    return {
        **release.filters,
        "readers": sorted(named),
        "departments": release.departments.count(),
        "research_consent": True,
    }


def _models(release: Release) -> tuple[ModelUsed, ...]:
    """Every model whose proposals a reader of this release judged."""
    cases = cases_of_release(release).values("pk")
    runs = InferenceRun.objects.filter(image__case__in=cases, state="DONE")
    if release.filters.get("models"):
        runs = runs.filter(model_version__sha256__in=release.filters["models"])
    used = ModelVersion.objects.filter(pk__in=runs.values("model_version")).order_by("sha256")
    return tuple(ModelUsed(m.name, m.version, m.sha256) for m in used)
