"""``manage.py model add|list|activate|verify``: the model registry from a shell."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cxrportal.common.errors import PortalError
from inference.models import ModelVersion
from inference.services.registry import (
    SHIPPED_MODEL,
    model_activate,
    model_add,
    model_find,
    model_verify,
)


class Command(BaseCommand):
    help = "Register, list, activate and verify model checkpoints."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        add = acts.add_parser("add", help="register a checkpoint folder (default: the shipped one)")
        add.add_argument("path", nargs="?", default=str(SHIPPED_MODEL))
        add.add_argument("--activate", action="store_true")
        acts.add_parser("list", help="every registered model")
        acts.add_parser("activate", help="use this model from now on").add_argument("model")
        acts.add_parser("verify", help="compare the files of all models with their hashes")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"do_{options['act']}")(options)
        except PortalError as error:
            raise CommandError(f"{error.code}: {error.message}") from error

    def do_add(self, options: dict[str, Any]) -> None:
        model = model_add(path=Path(options["path"]))
        if options["activate"] and model.stage != ModelVersion.Stage.ACTIVE:
            model = model_activate(model=model)
        self.stdout.write(f"{model} {model.sha256[:12]} {model.stage}")

    def do_list(self, options: dict[str, Any]) -> None:
        for model in ModelVersion.objects.all():
            self.stdout.write(f"{model.stage:9} {model} {model.sha256[:12]} {model.path}")

    def do_activate(self, options: dict[str, Any]) -> None:
        self.stdout.write(f"{model_activate(model=model_find(options['model']))} is active")

    def do_verify(self, options: dict[str, Any]) -> None:
        wrong = 0
        for model in ModelVersion.objects.all():
            problem = model_verify(model=model)
            wrong += bool(problem)
            self.stdout.write(f"{model} {model.sha256[:12]} {problem or 'ok'}")
        if wrong:
            raise CommandError(f"{wrong} model(s) are not what they were")
