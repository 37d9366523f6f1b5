"""Explore an annotation file: manage.py eda train.csv --sizes meta.csv --out DIR"""

from __future__ import annotations

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from cxrportal.common.errors import PortalError


class Command(BaseCommand):
    help = (
        "Figures (PNG, SVG), tables and one HTML report on annotations in VinBigData format: "
        "image_id, class_name, class_id, rad_id, x_min, y_min, x_max, y_max."
    )

    def add_arguments(self, parser):
        parser.add_argument("annotations", type=Path, help="CSV file, a row a statement")
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

        path: Path = options["annotations"]
        try:
            table = read_annotations(path, options["sizes"])
            data = explore(table, options["out"], options["title"] or f"Annotations: {path.name}")
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
