"""Building a release: streamed, de-identified, checked, and sealed only when it is whole."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings
from django.db import transaction

from annotations.exports.archive import Archive, write_archive
from annotations.exports.coco import CocoInfo
from annotations.exports.deidentify import Deidentifier, Policy
from annotations.exports.manifest import Counts, write_manifest
from annotations.exports.selfcheck_process import check_apart
from annotations.exports.tables import write_tables
from annotations.exports.types import ExportRecord, Split
from annotations.models import Release, Review
from annotations.releases.errors import ReleaseEmpty
from annotations.releases.filters import Images
from annotations.releases.formats import CATEGORIES, UNION, Formats, open_formats
from annotations.releases.pixels import SUFFIXES, Piece, piece_of, recipe_of
from annotations.releases.selectors import (
    age_is_wanted,
    cases_of_release,
    images_of_release,
    reviews_of_release,
)
from annotations.releases.services.manifest import Told, manifest_of
from annotations.releases.services.staging import (
    Staging,
    release_key,
    staging_clear,
    staging_clear_ended,
)
from annotations.releases.sources import (
    excluded_because,
    identity_texts,
    predictions_of,
    source_image,
    source_statements,
    splits_of,
)
from cases.models import Case, Image
from cxrportal.common.errors import PortalError
from cxrportal.common.leases import AttemptsExhausted, LeaseLost, failure, held_lease
from cxrportal.common.scratch import attempt_folder
from cxrportal.common.storage import put_durable
from patients.models import Patient

Item = TypeVar("Item")
PICTURES = "images"
BATCH = 100


def release_build(*, release_id: UUID) -> None:
    """Build and seal one release. Safe to run twice; a killed build goes on where it was."""
    releases = Release.objects.all()
    token = releases.claim(release_id)
    if token is None:
        return
    try:
        with held_lease(releases, release_id, token):
            ended, patients = _outcome(release_id, token)
            staging_clear(release_id, token)
        with transaction.atomic():  # a consent withdrawn from now on ends the downloads
            releases.finish(release_id, token, **ended)
            Release.objects.get(pk=release_id).patients.set(Patient.objects.filter(pk__in=patients))
    except LeaseLost:
        staging_clear_ended(release_id)


def _outcome(release_id: UUID, token: UUID) -> tuple[dict[str, object], set[UUID]]:
    """The columns that seal or fail it, and whose images are in it. Raises LeaseLost."""
    try:
        with attempt_folder(f"release-{release_id}") as folder:  # ends those of killed attempts
            release = Release.objects.get(pk=release_id)
            if release.attempts > settings.MAX_ATTEMPTS:
                raise AttemptsExhausted
            key = release_key(release_id, token)
            release.refresh_from_db()
            build = _Build(release, key, Staging(release_id, token, key))
            return build.run(folder), build.patients
    except LeaseLost:
        raise
    except PortalError as error:
        return failure(error), set()


def batched(items: Iterable[Item], size: int) -> Iterator[tuple[Item, ...]]:
    """Tuples of ``size`` items, the last one shorter (``itertools.batched`` of Python 3.12)."""
    rest = iter(items)
    while batch := tuple(islice(rest, size)):
        yield batch


class _Build:
    """One attempt."""

    def __init__(self, release: Release, key: bytes, staging: Staging) -> None:
        self.release, self.staging = release, staging
        self.images = Images(release.filters.get("images", Images.PNG8))
        policy = Policy(suffix=SUFFIXES[self.images])
        self.deidentifier = Deidentifier(key, policy)
        self.left_out: Counter[str] = Counter()
        self.patients: set[UUID] = set()
        self.done = 0

    def run(self, folder: Path) -> dict[str, object]:
        """The columns that seal it; ``folder`` is empty.

        Raises ReleaseEmpty, ExportInvalid, LeaseLost, StorageUnavailable.
        """
        total = images_of_release(self.release).count()
        Release.objects.filter(pk=self.release.pk).update(images_total=total, images_done=0)
        content = folder / "release"
        (content / PICTURES).mkdir(parents=True)
        info = CocoInfo(
            description="De-identified chest radiographs with readers' findings",
            version=str(self.release),
            date_created=self.release.created_at.date().isoformat(),
        )
        with open_formats(content, self.release.filters.get("label_set", UNION)) as formats:
            counts = write_tables(
                self._records(content, formats),
                content,
                categories=CATEGORIES,
                info=info,
                also=formats.writers,
            )
        if counts.images == 0:
            raise ReleaseEmpty
        formats.datasheet(
            content,
            title=str(self.release),
            made_on=info.date_created,
            left_out=self.left_out,
        )
        manifest = manifest_of(
            self.release, self.deidentifier, content, Told(counts, formats, self.left_out)
        )
        written = write_manifest(manifest, content)
        forbidden = identity_texts(cases_of_release(self.release).values("pk"))
        check_apart(content, forbidden=forbidden, formats=formats.written).require()
        archive = write_archive(content, folder / "release.zip")
        return self._sealed(archive, json.loads(written.read_bytes()), counts)

    def _sealed(
        self, archive: Archive, manifest: dict[str, Any], counts: Counts
    ) -> dict[str, object]:
        key = f"releases/{self.release.pk}/{archive.sha256}.zip"
        with archive.path.open("rb") as content:
            put_durable(key, content)
        return {
            "archive_key": key,
            "archive_sha256": archive.sha256,
            "archive_bytes": archive.size_bytes,
            "images_done": counts.images,
            "annotations_total": counts.statements,
            "manifest": manifest,
        }

    def _records(self, folder: Path, formats: Formats) -> Iterator[ExportRecord]:
        """In the order of the pseudonyms: the order of signing would give the dates away."""
        splits = splits_of(self.release)
        reviews = reviews_of_release(self.release)
        images = images_of_release(self.release)
        ids = (str(pk) for pk in images.values_list("pk", flat=True))
        for ordered in batched(self.deidentifier.in_release_order(ids), BATCH):
            found = Image.objects.in_bulk([UUID(pk) for pk in ordered])
            by_case: dict[UUID, list[Review]] = defaultdict(list)
            for review in reviews.filter(case__in={image.case_id for image in found.values()}):
                by_case[review.case_id].append(review)
            for pk in ordered:
                image = found[UUID(pk)]
                reads = by_case[image.case_id]
                split = splits[str(reads[0].case.patient_id)]
                record = self._record(reads, image, split)
                self.done += 1
                if record is not None:
                    piece = self._piece(record, reads[0].case, image)
                    (folder / record.image.file_name).write_bytes(piece.content)
                    formats.near.add(record.image.key, split, piece.fingerprint)
                    yield record
            Release.objects.filter(pk=self.release.pk).update(images_done=self.done)

    def _record(self, reads: list[Review], image: Image, split: Split) -> ExportRecord | None:
        statements = source_statements(reads, image)
        reason = excluded_because(image) or ("" if statements else "nothing_stated")
        if reason:
            self.left_out[reason] += 1
            return None
        case = reads[0].case
        source = source_image(case, image, split)
        if not age_is_wanted(self.release, source.age_years):
            return None
        self.patients.add(case.patient_id)
        models = self.release.filters.get("models", [])
        return self.deidentifier.record(source, statements, predictions_of(image, models))

    def _piece(self, record: ExportRecord, case: Case, image: Image) -> Piece:
        return self.staging.piece(
            record.image.file_name,
            recipe_of(case, image, self.images),
            lambda: piece_of(case, image, self.images, self.deidentifier.key),
        )
