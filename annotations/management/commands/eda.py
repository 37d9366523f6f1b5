"""Explore annotations: manage.py eda train.csv --sizes meta.csv --out DIR, or --release NAME@N"""

from __future__ import annotations

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from annotations.exploring.selectors import annotations_of_release
from annotations.models import Release
from annotations.releases.downloads import release_is_readable
from cxrportal.common.errors import PortalError


class Command(BaseCommand):
    help = (
        "Figures (PNG, SVG), tables and one HTML report on annotations in VinBigData format: "
        "image_id, class_name, class_id, rad_id, x_min, y_min, x_max, y_max."
    )

    def add_arguments(self, parser):
        parser.add_argument("annotations", type=Path, nargs="?", help="CSV file, a row a statement")
        parser.add_argument("--release", default="", help="a sealed release instead: NAME@NUMBER")
        parser.add_argument(
            "--sizes",
            type=Path,
            help="CSV file: image_id, dim0, dim1 and, if known, age, sex, view",
        )
        parser.add_argument("--out", type=Path, required=True, help="folder to write")
        parser.add_argument("--title", default="", help="heading of the report")

    def handle(self, *args, **options):
        # heavy: matplotlib, which no other command needs
        from inference.eda.read import read_annotations
        from inference.eda.run import explore  # heavy: as above

        path: Path | None = options["annotations"]
        name = options["release"] if path is None else path.name
        if not name or (path and options["release"]):
            raise CommandError("Name either a CSV file or a release.")
        try:
            if path is None:
                table = annotations_of_release(_release(name))
            else:
                table = read_annotations(path, options["sizes"])
            data = explore(table, options["out"], options["title"] or f"Annotations: {name}")
        except PortalError as error:
            raise CommandError(f"{error.code}: {error}") from error
        except OSError as error:
            raise CommandError(f"The output cannot be written: {error}") from error
        for row in sorted(data.classes, key=lambda row: -row.images):
            print(f"{row.label:28} {row.statements:8,} annotations  {row.images:8,} images")
        for problem in data.problems:
            print(f"doubtful: {problem.meaning}: {problem.count:,}")
        print(f"{data.statements:,} annotations of {data.images:,} images")
        print(f"Report: {options['out'] / 'report.html'}")


def _release(text: str) -> Release:
    """A sealed release whose patients all still consent."""
    name, _, number = text.rpartition("@")
    found = Release.objects.filter(name=name, number=number) if number.isdigit() else None
    release = found.first() if found is not None else None
    if release is None:
        raise CommandError(f"There is no release {text!r}.")
    release_is_readable(release)
    return release
