"""``manage.py predict PATH... --out DIR``: batch prediction from a shell."""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from cxrportal.common.errors import PortalError
from inference.services.batch_files import ERRORS
from inference.services.predict import PredictOptions, predict_files
from inference.services.predict_formats import FORMATS

RUNTIMES = ("auto", "torch", "openvino")


def share(text: str) -> float:
    value = float(text)
    if not 0.0 <= value <= 1.0:
        raise ArgumentTypeError("a score lies in 0 to 1")
    return value


def positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise ArgumentTypeError("at least 1")
    return value


class Command(BaseCommand):
    help = "Predict findings of radiographs (DICOM, PNG, JPEG): files, folders, patterns."
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", nargs="+", help="file, folder or pattern (** goes deep)")
        parser.add_argument("--out", required=True, type=Path, help="folder of the results")
        parser.add_argument("--format", choices=FORMATS, default="jsonl")
        parser.add_argument(
            "--heatmaps", action="store_true", help="a PNG overlay a finding over its threshold"
        )
        parser.add_argument(
            "--model", default="", help="name, name@version, hash or folder; default: the active"
        )
        parser.add_argument("--batch", type=positive, default=8, help="images a pass (default 8)")
        parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:N")
        parser.add_argument("--runtime", choices=RUNTIMES, default="", help="default: the setting")
        parser.add_argument(
            "--threads", type=int, default=0, help="0: the processors that are free"
        )
        parser.add_argument(
            "--min-score", type=share, default=0.01, help="leave out boxes below (default 0.01)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = PredictOptions(
            **{
                name: options[name]
                for name in (
                    *("out", "format", "heatmaps", "model", "batch", "device", "runtime"),
                    *("threads", "min_score"),
                )
            }
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
                outcome = predict_files(named=options["path"], options=chosen, progress=progress)
        except PortalError as error:
            raise CommandError(f"{error.code}: {error.message}") from error
        took = time.perf_counter() - began
        self.stdout.write(
            f"{outcome.model} ({outcome.runtime}): {outcome.computed} images in {took:.1f} s"
            f" ({outcome.computed / took:.1f} images/s, loading included), {outcome.known} known,"
            f" {outcome.skipped} other files skipped, results in {options['out']}"
        )
        for fault in outcome.faults:
            self.stderr.write(str(fault))
        if outcome.faults:
            raise CommandError(
                f"{len(outcome.faults)} could not be predicted: {options['out'] / ERRORS}"
            )
