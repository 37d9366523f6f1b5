"""``manage.py segment_lungs PATH... --out DIR``: lung masks, areas and the experimental ratio."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from inference.management.batches import BatchCommand
from inference.services.segment import MASKS, TABLE, SegmentOptions, segment_files


class Command(BatchCommand):
    help = "Outline the lungs of radiographs (DICOM, PNG, JPEG): files, folders, patterns."

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
        self.run_batch(
            lambda progress: segment_files(
                named=options["path"], options=chosen, progress=progress
            ),
            out=chosen.out,
            done="segmented",
        )
