"""``manage.py model``: the registry from a shell."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cxrportal.common.errors import PortalError
from inference.models import ModelVersion
from inference.services.importing import torchvision_import, torchxrayvision_import
from inference.services.pull import model_pull
from inference.services.registry import (
    SHIPPED_MODEL,
    model_activate,
    model_add,
    model_find,
    model_verify,
)
from inference.services.serving import model_prepare


class Command(BaseCommand):
    help = "Register, fetch, list, activate, verify and prepare model checkpoints."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        add = acts.add_parser("add", help="register a checkpoint folder (default: the shipped one)")
        add.add_argument("path", nargs="?", default=str(SHIPPED_MODEL))
        pull = acts.add_parser("pull", help="copy a checkpoint here, check its hash, register it")
        pull.add_argument("source", help="https address or folder below which model.json lies")
        pull.add_argument("--sha256", required=True, help="identity of the checkpoint")
        xrv = acts.add_parser("import-torchxrayvision", help="convert its DenseNet or ResNet")
        xrv.add_argument("source", help="name of published weights, or a file with a state dict")
        xrv.add_argument("--targets", default="", help="a file's outputs: A,B,,D ('' = untrained)")
        vision = acts.add_parser("import-torchvision", help="convert a fasterrcnn_resnet50_fpn")
        vision.add_argument("source", type=Path, help="a file with a state dict")
        vision.add_argument("--labels", required=True, help="its classes in order: A,B,C")
        vision.add_argument("--threshold", type=float, default=0.5)
        for foreign in (xrv, vision):
            foreign.add_argument("--name", default="")
        for parser_of_new in (add, pull, xrv, vision):
            parser_of_new.add_argument("--activate", action="store_true")
        acts.add_parser("list", help="every registered model, and what computes it")
        acts.add_parser("activate", help="use this model from now on").add_argument("model")
        acts.add_parser("verify", help="compare the files of all models with their hashes")
        prepare = acts.add_parser("prepare", help="check the runtimes for a model now")
        prepare.add_argument("model")
        prepare.add_argument("--again", action="store_true", help="forget the last check")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"do_{options['act'].replace('-', '_')}")(options)
        except PortalError as error:
            raise CommandError(f"{error.code}: {error.message}") from error

    def do_add(self, options: dict[str, Any]) -> None:
        self._added(model_add(path=Path(options["path"])), options)

    def do_pull(self, options: dict[str, Any]) -> None:
        self._added(model_pull(source=options["source"], sha256=options["sha256"]), options)

    def do_import_torchxrayvision(self, options: dict[str, Any]) -> None:
        targets = options["targets"].split(",") if options["targets"] else ()
        model, dropped = torchxrayvision_import(
            source=options["source"], name=options["name"], targets=targets
        )
        self._added(model, options)
        self.stdout.write(f"left out: {', '.join(dropped) or 'nothing'}")

    def do_import_torchvision(self, options: dict[str, Any]) -> None:
        model = torchvision_import(
            source=options["source"],
            labels=options["labels"].split(","),
            name=options["name"],
            threshold=options["threshold"],
        )
        self._added(model, options)

    def _added(self, model: ModelVersion, options: dict[str, Any]) -> None:
        if options["activate"] and model.stage != ModelVersion.Stage.ACTIVE:
            model = model_activate(model=model)
        self.stdout.write(f"{model} {model.sha256[:12]} {model.stage}")

    def do_list(self, options: dict[str, Any]) -> None:
        for model in ModelVersion.objects.all():
            outputs = "probabilities" if model.calibrated else "scores"
            runtime = model.runtime_note or "runtimes not checked yet"
            self.stdout.write(f"{model.stage:9} {model} {model.sha256[:12]} {model.path}")
            self.stdout.write(
                f"{'':9} {outputs}; {model_verify(model=model) or 'files are intact'}"
            )
            self.stdout.write(f"{'':9} {runtime}")

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

    def do_prepare(self, options: dict[str, Any]) -> None:
        model = model_find(options["model"])
        self.stdout.write(f"{model}: {model_prepare(model=model, again=options['again'])}")
