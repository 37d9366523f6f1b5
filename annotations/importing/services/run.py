"""Running an import: rows staged on the disk, images one by one, every problem in one table."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from uuid import UUID

from django.conf import settings

from annotations.importing.options import ImportOptions
from annotations.importing.services.store import image_name, image_store, reads_store
from annotations.imports.files import DatasetFiles, ZipFiles, copy_file
from annotations.imports.formats import read_dataset
from annotations.imports.judge import Judge
from annotations.imports.picture_size import picture_size
from annotations.imports.report import Problems, Tally, problems_file
from annotations.imports.staging import StagedImage, Staging, staging
from annotations.imports.types import Format, RowProblem
from annotations.models import DatasetImport
from cases.dicom.errors import FileRefused
from cases.models import Image
from cases.services.upload import CaseIsElsewhere, SopInstanceConflict
from cxrportal.accounts.permissions import CLINICIAN, require_role
from cxrportal.common.leases import LeaseLost, carry_out
from cxrportal.common.storage import opened, put_durable, storage

_OF_ONE_FILE = (FileRefused, SopInstanceConflict, CaseIsElsewhere)
REPORT_EVERY = 20


def dataset_import_run(*, import_id: UUID, files: DatasetFiles | None = None) -> None:
    """Run one import to its end. Safe to run twice, and after a kill: what is there stays there.

    ``files``: those of a folder; else the stored archive is read.
    """
    jobs = DatasetImport.objects.select_related("department", "created_by")

    def work(token: UUID, lost: threading.Event) -> dict[str, object]:
        job = jobs.get(pk=import_id)
        with nullcontext(files) if files else _archive(job) as found:
            return _Run(job, found, lost).run()

    if carry_out(DatasetImport.objects.all(), import_id, work):
        job = jobs.get(pk=import_id)
        if not job.dry_run and job.archive_key:
            _forget_archive(job)


@contextmanager
def _archive(job: DatasetImport) -> Iterator[DatasetFiles]:
    """The stored ZIP, copied to this machine: an archive is read from its end."""
    with tempfile.TemporaryDirectory(prefix="import-", dir=settings.FILE_UPLOAD_TEMP_DIR) as folder:
        path = Path(folder, "archive.zip")
        with opened(job.archive_key) as stored, path.open("wb") as out:
            shutil.copyfileobj(stored, out, 1 << 20)
        files = ZipFiles(path)
        try:
            yield files
        finally:
            files.close()


def _forget_archive(job: DatasetImport) -> None:
    """Its images are stored as originals now; a second copy of identities serves nobody."""
    same = DatasetImport.objects.filter(archive_key=job.archive_key)
    if same.unfinished().exists():
        return
    storage().delete(job.archive_key)
    same.update(archive_key="")


class _Run:
    """One attempt over all rows."""

    def __init__(self, job: DatasetImport, files: DatasetFiles, lost: threading.Event) -> None:
        self._job, self._files, self._lost = job, files, lost
        self._options = ImportOptions.from_json(job.options)
        self._judge = Judge(self._options.resolver(), self._options.reading())
        self._tally = Tally()

    def run(self) -> dict[str, object]:
        """The columns that close it. Raises NotAllowed, ImportRefused, StorageUnavailable."""
        job = self._job
        require_role(job.created_by, CLINICIAN, job.department_id)
        with tempfile.TemporaryDirectory(
            prefix="import-", dir=settings.FILE_UPLOAD_TEMP_DIR
        ) as name:
            folder = Path(name)
            table = folder / "problems.csv"
            with staging(folder) as rows, problems_file(table) as problems:
                self._read(rows)
                for problem in rows.problems():
                    problems.add(problem)
                done = self._images(rows, folder, problems)
            key = f"imports/{job.pk}/problems.csv"
            if problems.total:
                with table.open("rb") as content:
                    put_durable(key, content)
        return {
            "images_done": done,
            "counts": self._tally.as_json(problems.by_code),
            "problems_total": problems.total,
            "problems_key": key if problems.total else "",
        }

    def _read(self, rows: Staging) -> None:
        wanted = Format(self._job.format) if self._job.format else None
        found, items = read_dataset(self._files, wanted, self._options.reading())
        rows.fill(self._files, items)
        jobs = DatasetImport.objects.filter(pk=self._job.pk)
        jobs.update(format=found.value, images_total=rows.images_total, images_done=0)

    def _images(self, rows: Staging, folder: Path, problems: Problems) -> int:
        done = 0
        for staged in rows.images():
            if self._lost.is_set():
                raise LeaseLost
            for problem in self._one(staged, folder / "image"):
                problems.add(problem)
            done += 1
            if done % REPORT_EVERY == 0:
                DatasetImport.objects.filter(pk=self._job.pk).update(images_done=done)
        return done

    def _one(self, staged: StagedImage, path: Path) -> Iterator[RowProblem]:
        image, tally = staged.image, self._tally
        if not staged.file:
            tally.images_missing += 1
            words = "The image is not among the files, or two files have its name."
            yield RowProblem(image.place, image.key, "image_missing", words)
            return
        sha256 = copy_file(self._files, staged.file, path, settings.MAX_UPLOAD_BYTES)
        if sha256 is None:
            tally.images_refused += 1
            words = "The file is larger than this server accepts."
            yield RowProblem(image.place, image.key, "file_too_large", words)
            return
        stored = Image.objects.filter(department=self._job.department, sha256=sha256).first()
        known = stored is not None
        if stored is None and not self._job.dry_run:
            try:
                stored = image_store(job=self._job, image=image, path=path)
            except _OF_ONE_FILE as error:
                tally.images_refused += 1
                yield RowProblem(image.place, image.key, error.code, error.message)
                return
        tally.images_known += known
        tally.images_new += not known
        size = (stored.columns, stored.rows) if stored else picture_size(path)
        judged = self._judge.judge(image, staged.statements, size)
        tally.heard(judged)
        yield from judged.problems
        if stored is None or self._job.dry_run:
            tally.findings_new += sum(len(read.findings) for read in judged.reads)
            return
        image_name(job=self._job, image=image, stored=stored)
        new, old = reads_store(job=self._job, image=stored, reads=judged.reads)
        tally.findings_new, tally.findings_known = (
            tally.findings_new + new,
            tally.findings_known + old,
        )
