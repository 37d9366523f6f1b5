"""``manage.py measure_burned_in DIR``: recall of planted text, and alarms on images as they are."""

from __future__ import annotations

from argparse import ArgumentParser
from collections import defaultdict
from itertools import product
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from cases.dicom.burned_in import Grey, find_text
from cases.dicom.burned_in_trial import HEIGHTS_PX, PLACES, Trial, hidden_by, try_text
from cases.dicom.errors import FileRefused
from cases.dicom.pixels import to_uint8
from cases.dicom.reader import read_image


class Command(BaseCommand):
    help = "Measure the finder of burned-in text on the radiographs of a folder."
    requires_system_checks: tuple[str, ...] = ()  # it needs no address and no database

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--limit", type=int, default=200, help="images at most")
        parser.add_argument("--every", type=int, default=3, help="plant each n-th text only")

    def handle(self, *args: Any, **options: Any) -> None:
        paths = sorted(path for path in options["folder"].rglob("*") if path.is_file())
        alarms: list[tuple[int, float]] = []
        trials: list[Trial] = []
        for path in tqdm(paths[: options["limit"]], file=self.stderr, unit="image", leave=False):
            image = _grey(path)
            if image is None:
                continue
            regions = find_text(image)
            share = float(hidden_by(regions, (image.shape[0], image.shape[1])).mean())
            kinds = list(product(HEIGHTS_PX, PLACES))
            for number, (height_px, place) in enumerate(kinds, start=len(alarms)):
                if number % options["every"] == 0:
                    serial = number // options["every"] + len(alarms)
                    trials.append(try_text(image, serial, height_px, place))
            alarms.append((len(regions), share))
        if not alarms:
            raise CommandError("There is no radiograph in this folder.")
        self._report(alarms, trials)

    def _report(self, alarms: list[tuple[int, float]], trials: list[Trial]) -> None:
        n = len(alarms)
        marked = sum(count > 0 for count, _ in alarms)
        regions = sum(count for count, _ in alarms) / n
        share = sum(share for _, share in alarms) / n
        self.stdout.write(
            f"images as they are: n = {n}; with a region {marked} ({marked / n:.0%}); "
            f"{regions:.1f} regions and {share:.2%} of the pixels an image"
        )
        groups: dict[str, list[Trial]] = defaultdict(list)
        for trial in trials:
            for name in ("all planted", f"{trial.height_px} px high", trial.place):
                groups[name].append(trial)
        for name, some in groups.items():
            found = sum(trial.found for trial in some) / len(some)
            covered = sum(trial.covered for trial in some) / len(some)
            self.stdout.write(
                f"{name}: n = {len(some)}; found {found:.1%}; nine tenths covered {covered:.1%}"
            )


def _grey(path: Path) -> Grey | None:
    try:
        image = read_image(path)
    except FileRefused:
        return None
    return to_uint8(image.stored, image.facts.grid)
