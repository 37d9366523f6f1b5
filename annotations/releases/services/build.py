"""Building a release: streamed, de-identified, checked, and sealed only when it is whole."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from annotations.exports.archive import Archive, write_archive
from annotations.exports.coco import CocoInfo
from annotations.exports.deidentify import Deidentifier, new_release_key
from annotations.exports.manifest import (
    Counts,
    KeyFate,
    Manifest,
    ModelUsed,
    file_entries,
    write_manifest,
)
from annotations.exports.pictures import recode_picture
from annotations.exports.selfcheck import check_release
from annotations.exports.splits import DEFAULT_RULE, SplitRule, split_patients
from annotations.exports.tables import write_tables
from annotations.exports.types import ExportRecord, Split
from annotations.models import Finding, Release, SignedReport
from annotations.releases.errors import ReleaseEmpty
from annotations.releases.formats import CATEGORIES, UNION, Formats, open_formats
from annotations.releases.selectors import age_is_wanted, images_of_release, reports_of_release
from annotations.releases.sources import (
    excluded_because,
    identity_texts,
    masks_of,
    predictions_of,
    source_image,
    source_statements,
)
from cases.models import Image
from cxrportal.common.errors import PortalError
from cxrportal.common.leases import LeaseLost, exhausted, held_lease
from cxrportal.common.storage import put_durable, read_bytes
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
        self.deidentifier = Deidentifier(new_release_key())
        self.left_out: Counter[str] = Counter()
        self.patients: set[UUID] = set()
        self.done = 0

    def run(self) -> dict[str, object]:
        """The columns that seal it. Raises ReleaseEmpty, ExportInvalid, StorageUnavailable."""
        reports = reports_of_release(self.release)
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
            forbidden = identity_texts(reports.values("case"))
            check_release(content, forbidden=forbidden, formats=formats.written).require()
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
        reports = reports_of_release(self.release)
        stated = Finding.objects.filter(review__in=reports.values("review"))
        labels = stated.exclude(decision="REJECTED").values_list("case__patient", "label")
        patients = reports.values_list("case__patient", flat=True)
        pairs = chain(
            ((str(pk), ()) for pk in patients.iterator(chunk_size=BATCH)),
            ((str(pk), (label,)) for pk, label in labels.iterator(chunk_size=BATCH)),
        )
        return split_patients(pairs, rule)

    def _records(self, folder: Path, formats: Formats) -> Iterator[ExportRecord]:
        """In the order of the pseudonyms: the order of signing would give the dates away."""
        splits = self._splits()
        reports = reports_of_release(self.release)
        images = images_of_release(self.release)
        ids = (str(pk) for pk in images.values_list("pk", flat=True))
        for ordered in batched(self.deidentifier.in_release_order(ids), BATCH):
            found = Image.objects.in_bulk([UUID(pk) for pk in ordered])
            cases = {image.case_id for image in found.values()}
            by_case = {report.case_id: report for report in reports.filter(case__in=cases)}
            for pk in ordered:
                image = found[UUID(pk)]
                report = by_case[image.case_id]
                split = splits[str(report.case.patient_id)]
                record = self._record(report, image, folder, split)
                self.done += 1
                if record is not None:
                    picture = (folder / record.image.file_name).read_bytes()
                    formats.near.add(record.image.key, split, picture)
                    yield record
            Release.objects.filter(pk=self.release.pk).update(images_done=self.done)

    def _record(
        self, report: SignedReport, image: Image, folder: Path, split: Split
    ) -> ExportRecord | None:
        statements = source_statements(report, image)
        reason = excluded_because(image) or ("" if statements else "nothing_stated")
        if reason:
            self.left_out[reason] += 1
            return None
        source = source_image(report, image, split)
        if not age_is_wanted(self.release, source.age_years):
            return None
        self.patients.add(report.case.patient_id)
        record = self.deidentifier.record(source, statements, predictions_of(image))
        picture = recode_picture(
            read_bytes(image.display_key),
            width_px=image.columns,
            height_px=image.rows,
            masks_xyxy=masks_of(image),
        )
        (folder / record.image.file_name).write_bytes(picture)
        return record

    def _manifest(self, folder: Path, counts: Counts, formats: Formats) -> Manifest:
        return Manifest(
            release=self.release.name,
            number=self.release.number,
            made_at=timezone.now().isoformat(timespec="seconds"),
            made_by=self.deidentifier.reader(str(self.release.created_by_id)),
            code_version=settings.CODE_VERSION,
            models=self._models(),
            filters=self.release.filters,
            deidentification={
                "dates": "shifted back by a constant number of days a patient",
                "ages": "bands, 90 and above pooled",
                "pseudonyms": "HMAC-SHA256 with a key of this release",
                "pictures": "8-bit grey values, written afresh without metadata",
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

    def _models(self) -> tuple[ModelUsed, ...]:
        """Every model whose proposals a reader of this release judged."""
        cases = reports_of_release(self.release).values("case")
        runs = InferenceRun.objects.filter(image__case__in=cases, state="DONE")
        used = ModelVersion.objects.filter(pk__in=runs.values("model_version")).order_by("sha256")
        return tuple(ModelUsed(m.name, m.version, m.sha256) for m in used)
