"""``manage.py extract_dicom``: metadata, pixels and features of radiograph files."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from cases.dicom.extraction.fit import Fit
from cases.dicom.extraction.run import Plan, Summary, key_fate, run_extraction
from cases.dicom.extraction.types import Outcome, TextRule, Wanted
from cxrportal.common.errors import PortalError

SIZES = (256, 512, 1024)


class Command(BaseCommand):
    help = "Write metadata, pixels and features of radiograph files; without identity by default."
    requires_system_checks: tuple[str, ...] = ()  # it needs no address and no database

    def add_arguments(self, parser: ArgumentParser) -> None:
        add = parser.add_argument
        add("sources", nargs="+", type=Path, metavar="DIR_OR_FILE")
        add("--metadata", type=Path, metavar="CSV", help="one row of attributes a file")
        add("--pixels", type=Path, metavar="H5", help="one dataset an image, HDF5")
        add("--features", type=Path, metavar="CSV", help="one row of image features a file")
        add("--png", type=Path, metavar="DIR", help="one PNG an image")
        add("--dicom", type=Path, metavar="DIR", help="de-identified DICOM files")
        add("--errors", type=Path, metavar="CSV", help="default: errors.csv beside the outputs")
        add("--bits", type=int, choices=(8, 16), default=8)
        add("--size", type=int, choices=SIZES, help="side in pixels; default: as it is")
        add("--fit", choices=[fit.value for fit in Fit], default=Fit.LETTERBOX.value)
        add("--masks", type=Path, metavar="DIR", help="lung masks, named like the files")
        add(
            "--text",
            choices=[rule.value for rule in TextRule],
            help="what becomes of suspected burned-in text (default: blank; keep with identity)",
        )
        add("--keep-identity", action="store_true", help="names, dates and UIDs as they stand")
        add("--key", type=Path, metavar="FILE", help="keep the pseudonyms' secret here")
        add("--workers", type=int, default=min(8, os.cpu_count() or 1))

    def handle(self, *args: Any, **options: Any) -> None:
        plan = _plan(options)
        failed: list[Outcome] = []
        bar = tqdm(unit="file", disable=options["verbosity"] == 0, file=self.stderr, leave=False)

        def tick(outcome: Outcome) -> None:
            bar.update()
            if outcome.code:
                failed.append(outcome)

        try:
            with bar:
                summary = run_extraction(plan, tick)
        except PortalError as error:
            raise CommandError(f"{error.code}: {error.message}") from error
        for outcome in failed[:50]:
            self.stderr.write(f"{outcome.name}: {outcome.code}: {outcome.message}")
        self._report(plan, summary)
        if summary.failed:
            sys.exit(1)

    def _report(self, plan: Plan, summary: Summary) -> None:
        told = f", {summary.resumed} of them done before" if summary.resumed else ""
        self.stdout.write(f"{summary.done} of {summary.files} files extracted{told}")
        self.stdout.write(f"{summary.images_per_s:.1f} files/s with {plan.workers} workers")
        for code, count in sorted(summary.codes.items()):
            self.stdout.write(f"  {count} x {code} (see {plan.errors_csv})")
        fate = key_fate(plan)
        words = {
            "none": "Identity was KEPT in every output.",
            "kept": f"Identity removed; the key of the pseudonyms is kept in {plan.key_file}.",
            "destroyed": "Identity removed; the key of the pseudonyms is destroyed.",
        }
        self.stdout.write(words[fate])


def _plan(options: dict[str, Any]) -> Plan:
    outputs = [options[name] for name in ("metadata", "pixels", "features") if options[name]]
    folders = [options[name] for name in ("png", "dicom") if options[name]]
    if not outputs and not folders:
        raise CommandError("Ask for at least one output: --metadata, --pixels, --features, ...")
    if options["workers"] < 1:
        raise CommandError("--workers must be at least 1.")
    identity = options["keep_identity"]
    if identity and (options["dicom"] or options["key"]):
        raise CommandError("--dicom and --key belong to de-identified extractions.")
    home = outputs[0].parent if outputs else folders[0].parent
    rule = options["text"] or (TextRule.KEEP.value if identity else TextRule.BLANK.value)
    return Plan(
        sources=tuple(options["sources"]),
        wanted=Wanted(
            metadata=bool(options["metadata"]),
            pixels=bool(options["pixels"]),
            features=bool(options["features"]),
            png=bool(options["png"]),
            dicom=bool(options["dicom"]),
            bits=options["bits"],
            size_px=options["size"],
            fit=Fit(options["fit"]),
            text=TextRule(rule),
        ),
        errors_csv=options["errors"] or home / "errors.csv",
        metadata_csv=options["metadata"],
        pixels_h5=options["pixels"],
        features_csv=options["features"],
        png_dir=options["png"],
        dicom_dir=options["dicom"],
        masks=options["masks"],
        key_file=options["key"],
        with_identity=identity,
        workers=options["workers"],
    )
