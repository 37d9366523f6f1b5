"""``manage.py predict PATH... --out DIR``: batch prediction from a shell."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from inference.management.batches import BatchCommand
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


class Command(BatchCommand):
    help = "Predict findings of radiographs (DICOM, PNG, JPEG): files, folders, patterns."

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
        self.run_batch(
            lambda progress: predict_files(
                named=options["path"], options=chosen, progress=progress
            ),
            out=chosen.out,
            done="predicted",
        )
