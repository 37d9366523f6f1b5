"""Building a release: streamed, de-identified, checked, and sealed only when it is whole."""

from __future__ import annotations

import json
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from annotations.exports.archive import Archive, write_archive
from annotations.exports.coco import CocoInfo
from annotations.exports.deidentify import Deidentifier, Policy, new_release_key
from annotations.exports.manifest import (
    Counts,
    KeyFate,
    Manifest,
    ModelUsed,
    file_entries,
    write_manifest,
)
from annotations.exports.selfcheck_process import check_apart
from annotations.exports.splits import DEFAULT_RULE, SplitRule, split_patients
from annotations.exports.tables import write_tables
from annotations.exports.types import ExportRecord, Split
from annotations.models import Finding, Release, Review
from annotations.releases.errors import ReleaseEmpty
from annotations.releases.filters import Images
from annotations.releases.formats import CATEGORIES, UNION, Formats, open_formats
from annotations.releases.pixels import SAID, SUFFIXES, content_of, picture_of
from annotations.releases.selectors import (
    age_is_wanted,
    cases_of_release,
    images_of_release,
    reader_alias,
    reviews_of_release,
)
from annotations.releases.sources import (
    excluded_because,
    identity_texts,
    predictions_of,
    source_image,
    source_statements,
)
from cases.models import Image
from cxrportal.common.errors import PortalError
from cxrportal.common.leases import LeaseLost, exhausted, held_lease
from cxrportal.common.storage import put_durable
from inference.models import InferenceRun, ModelVersion
from patients.models import Patient

Item = TypeVar("Item")
PICTURES = "images"
BATCH = 100


def release_build(*, release_id: UUID) -> None:
    """Build and seal one release. Safe to run twice; a killed build starts afresh."""
    releases = Release.objects.all()
    token = releases.claim(release_id)
    if token is None:
        return
    try:
        if exhausted(releases, release_id, token):
            return
        release = Release.objects.get(pk=release_id)
        with held_lease(releases, release_id, token):
            build = _Build(release)
            sealed = build.run()
            # Before it can be downloaded, so that a consent withdrawn now already counts.
            release.patients.set(Patient.objects.filter(pk__in=build.patients))
        releases.finish(release_id, token, **sealed)
    except LeaseLost:
        return
    except PortalError as error:
        releases.fail(release_id, token, error)


def batched(items: Iterable[Item], size: int) -> Iterator[tuple[Item, ...]]:
    """Tuples of ``size`` items, the last one shorter (``itertools.batched`` of Python 3.12)."""
    rest = iter(items)
    while batch := tuple(islice(rest, size)):
        yield batch


class _Build:
    """One attempt. The secret of the pseudonyms lives as long as this object, kept nowhere."""

    def __init__(self, release: Release) -> None:
        self.release = release
        self.images = Images(release.filters.get("images", Images.PNG8))
        policy = Policy(suffix=SUFFIXES[self.images])
        self.deidentifier = Deidentifier(new_release_key(), policy)
        self.left_out: Counter[str] = Counter()
        self.patients: set[UUID] = set()
        self.done = 0

    def run(self) -> dict[str, object]:
        """The columns that seal it. Raises ReleaseEmpty, ExportInvalid, StorageUnavailable."""
        total = images_of_release(self.release).count()
        Release.objects.filter(pk=self.release.pk).update(images_total=total, images_done=0)
        with tempfile.TemporaryDirectory(prefix="release-") as folder:
            content = Path(folder, "release")
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
            manifest = self._manifest(content, counts, formats)
            written = write_manifest(manifest, content)
            forbidden = identity_texts(cases_of_release(self.release).values("pk"))
            check_apart(content, forbidden=forbidden, formats=formats.written).require()
            archive = write_archive(content, Path(folder, "release.zip"))
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

    def _splits(self) -> dict[str, Split]:
        """The part of each patient, by id, from everything that was stated of their cases."""
        wanted = self.release.filters
        rule = SplitRule(
            wanted.get("validation_share", DEFAULT_RULE.validation),
            wanted.get("test_share", DEFAULT_RULE.test),
            wanted.get("split_seed", DEFAULT_RULE.seed),
        )
        reviews = reviews_of_release(self.release)
        stated = Finding.objects.stated().filter(review__in=reviews.values("pk"))
        labels = stated.values_list("case__patient", "label")
        patients = reviews.values_list("case__patient", flat=True)
        pairs = chain(
            ((str(pk), ()) for pk in patients.iterator(chunk_size=BATCH)),
            ((str(pk), (label,)) for pk, label in labels.iterator(chunk_size=BATCH)),
        )
        return split_patients(pairs, rule)

    def _records(self, folder: Path, formats: Formats) -> Iterator[ExportRecord]:
        """In the order of the pseudonyms: the order of signing would give the dates away."""
        splits = self._splits()
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
                record = self._record(reads, image, folder, split)
                self.done += 1
                if record is not None:
                    formats.near.add(record.image.key, split, picture_of(image))
                    yield record
            Release.objects.filter(pk=self.release.pk).update(images_done=self.done)

    def _record(
        self, reads: list[Review], image: Image, folder: Path, split: Split
    ) -> ExportRecord | None:
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
        record = self.deidentifier.record(source, statements, predictions_of(image, models))
        content = content_of(case, image, self.images, self.deidentifier.key)
        (folder / record.image.file_name).write_bytes(content)
        return record

    def _manifest(self, folder: Path, counts: Counts, formats: Formats) -> Manifest:
        return Manifest(
            release=self.release.name,
            number=self.release.number,
            made_at=timezone.now().isoformat(timespec="seconds"),
            made_by=self.deidentifier.reader(str(self.release.created_by_id)),
            code_version=settings.CODE_VERSION,
            models=self._models(),
            filters=self._filters(),
            deidentification={
                "dates": "shifted back by a constant number of days a patient",
                "ages": "bands, 90 and above pooled",
                "pseudonyms": "HMAC-SHA256 with a key of this release",
                "pictures": SAID[self.images],
                "free_text": "left out",
                "burned_in_text": "reviewed by a clinician wherever suspected; masks painted black",
                "left_out": dict(self.left_out),
            },
            key=KeyFate.DESTROYED,
            counts=counts,
            files=file_entries(folder),
            splits=formats.split_proof(),
            formats=formats.said(),
        )

    def _filters(self) -> dict[str, Any]:
        """As asked for; readers under the pseudonyms that they have in this release."""
        reviews = reviews_of_release(self.release)
        readers = reviews.order_by("reader").values_list("reader", "imported_from").distinct()
        wanted = set(self.release.filters.get("readers", ()))
        named = {
            self.deidentifier.reader(str(pk), imported=origin is not None)
            for pk, origin in readers
            if reader_alias(pk) in wanted
        }
        return {
            **self.release.filters,
            "readers": sorted(named),
            "departments": self.release.departments.count(),
            "research_consent": True,
        }

    def _models(self) -> tuple[ModelUsed, ...]:
        """Every model whose proposals a reader of this release judged."""
        cases = cases_of_release(self.release).values("pk")
        runs = InferenceRun.objects.filter(image__case__in=cases, state="DONE")
        if self.release.filters.get("models"):
            runs = runs.filter(model_version__sha256__in=self.release.filters["models"])
        used = ModelVersion.objects.filter(pk__in=runs.values("model_version")).order_by("sha256")
        return tuple(ModelUsed(m.name, m.version, m.sha256) for m in used)
