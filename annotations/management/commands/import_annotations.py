"""Bring a data set in: manage.py import_annotations FOLDER --source NAME --department NAME."""

from __future__ import annotations

import shutil
import sys
import threading
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotations.importing.options import ImportOptions, label_map_of
from annotations.importing.services.request import ImportRequest, dataset_import_of_folder
from annotations.importing.services.run import dataset_import_run
from annotations.imports.files import FolderFiles, ZipFiles
from annotations.imports.types import Format
from annotations.models import DatasetImport
from cxrportal.accounts.models import Department, User
from cxrportal.common.errors import PortalError
from cxrportal.common.storage import opened

REPORT_S = 2.0


class Command(BaseCommand):
    help = (
        "Images and annotations of a data set (CSV of a release, COCO, YOLO, VinBigData, "
        "ChestX-ray14) into cases. Run again after a stop: what is there stays as it is."
    )

    def add_arguments(self, parser):
        parser.add_argument("path", type=Path, help="folder or ZIP archive")
        parser.add_argument("--source", required=True, help="name of the data set")
        parser.add_argument("--department", required=True, help="into which department")
        parser.add_argument("--as", dest="actor", required=True, help="e-mail of a clinician of it")
        parser.add_argument("--format", choices=[item.value for item in Format], default="")
        parser.add_argument("--reader", default="annotator", help="where the data set names none")
        parser.add_argument(
            "--empty-is-normal",
            action="store_true",
            help="an image without annotations is stated to have no finding",
        )
        parser.add_argument(
            "--research-consent", action="store_true", help="its images may go into releases"
        )
        parser.add_argument("--map", type=Path, help="text file, lines: their label = our finding")
        parser.add_argument("--dry-run", action="store_true", help="count and check only")
        parser.add_argument("--errors", type=Path, help="CSV file for the rows with a problem")

    def handle(self, *args, **options):
        try:
            job = self._request(options)
            self._run(job, options["path"])
        except PortalError as error:
            raise CommandError(f"{error.code}: {error}") from error
        except OSError as error:
            raise CommandError(str(error)) from error
        job.refresh_from_db()
        if job.state != DatasetImport.State.DONE:
            raise CommandError(f"{job.code}: {job.message}")
        self._report(job, options["errors"])

    def _request(self, options: dict[str, Any]) -> DatasetImport:
        actor = User.objects.filter(email=options["actor"].lower()).first()
        department = Department.objects.filter(name__iexact=options["department"]).first()
        if actor is None or department is None:
            raise CommandError("There is no such person, or no such department.")
        labels = options["map"].read_text(encoding="utf-8") if options["map"] else ""
        request = ImportRequest(
            actor=actor,
            department=department,
            source=options["source"],
            format=Format(options["format"]) if options["format"] else None,
            dry_run=options["dry_run"],
            options=ImportOptions(
                reader=options["reader"],
                empty_is_normal=options["empty_is_normal"],
                research_consent=options["research_consent"],
                label_map=label_map_of(labels),
            ),
        )
        return dataset_import_of_folder(request, file_name=options["path"].name)

    def _run(self, job: DatasetImport, path: Path) -> None:
        found = nullcontext(FolderFiles(path)) if path.is_dir() else closing(ZipFiles(path))
        ended = threading.Event()
        follower = threading.Thread(target=self._follow, args=(job, ended), daemon=True)
        with found as files:
            if sys.stderr.isatty():
                follower.start()
            try:
                dataset_import_run(import_id=job.pk, files=files)
            finally:
                ended.set()
                if follower.ident:
                    follower.join()

    def _follow(self, job: DatasetImport, ended: threading.Event) -> None:
        while not ended.wait(REPORT_S):
            now = DatasetImport.objects.get(pk=job.pk)
            self.stderr.write(f"{now.images_done:,} of {now.images_total:,} images", ending="\r")

    def _report(self, job: DatasetImport, errors: Path | None) -> None:
        counts = job.counts
        said = "would be" if job.dry_run else "are"
        images, findings = counts["images"], counts["findings"]
        self.stdout.write(
            f"{job.get_format_display()}: {images['new']:,} images {said} new, "
            f"{images['known']:,} were here, {images['missing']:,} missing, "
            f"{images['refused']:,} refused, {images['without_statement']:,} without a statement"
        )
        self.stdout.write(
            f"{findings['new']:,} findings {said} new, {findings['known']:,} were here; "
            f"{findings['boxes']:,} boxes, {findings['normal_reads']:,} reads without finding"
        )
        for label, count in counts["unknown_labels"].items():
            self.stdout.write(f"unknown label: {label}: {count:,}")
        for code, count in counts["problems"].items():
            self.stdout.write(f"problem: {code}: {count:,}")
        if errors and job.problems_key:
            with opened(job.problems_key) as stored, errors.open("wb") as out:
                shutil.copyfileobj(stored, out)
            self.stdout.write(f"Rows with a problem: {errors}")
