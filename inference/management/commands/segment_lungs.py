"""``manage.py segment_lungs PATH... --out DIR``: lung masks, areas and the experimental ratio."""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from cxrportal.common.errors import PortalError
from inference.services.batch_files import ERRORS
from inference.services.segment import MASKS, TABLE, SegmentOptions, segment_files


class Command(BaseCommand):
    help = "Outline the lungs of radiographs (DICOM, PNG, JPEG): files, folders, patterns."
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", nargs="+", help="file, folder or pattern (** goes deep)")
        parser.add_argument("--out", required=True, type=Path, help=f"{MASKS}/ and {TABLE}")
        parser.add_argument(
            "--no-ratio", action="store_true", help="leave out the cardiothoracic ratio"
        )
        parser.add_argument(
            "--model", default="", help="whose box is the heart: as for predict; default: active"
        )
        parser.add_argument("--device", default="auto", help="of that model: auto, cpu, cuda")
        parser.add_argument("--threads", type=int, default=0, help="of the CPU; 0: all that help")

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = SegmentOptions(
            out=options["out"],
            ratio=not options["no_ratio"],
            model=options["model"],
            device=options["device"],
            threads=options["threads"],
        )
        bar = tqdm(unit="image", disable=not sys.stderr.isatty(), file=sys.stderr)

        def progress(what: str, count: int) -> None:
            if what == "total":
                bar.reset(count)
            else:
                bar.update(count)

        began = time.perf_counter()
        try:
            with bar:
                outcome = segment_files(named=options["path"], options=chosen, progress=progress)
        except PortalError as error:
            raise CommandError(f"{error.code}: {error.message}") from error
        took = time.perf_counter() - began
        self.stdout.write(
            f"{outcome.model}: {outcome.computed} images in {took:.1f} s"
            f" ({outcome.computed / took:.1f} images/s, loading included), {outcome.known} known,"
            f" {outcome.skipped} other files skipped, results in {options['out']}"
        )
        for fault in outcome.faults:
            self.stderr.write(str(fault))
        if outcome.faults:
            errors = options["out"] / ERRORS
            raise CommandError(f"{len(outcome.faults)} could not be segmented: {errors}")
