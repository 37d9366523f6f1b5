"""``manage.py retrain``: train on a sealed release, from a shell."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotations.retraining.selectors import release_named
from annotations.retraining.services.request import Wanted, training_request
from annotations.retraining.services.unpack import release_unpack
from cxrportal.accounts.models import User
from cxrportal.common.errors import PortalError
from inference.models import TrainingRun
from inference.services.registry import model_find
from inference.services.training import training_execute


class Command(BaseCommand):
    help = "Ask for a training on a sealed release; its worker starts it, and its page shows it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--release", required=True, metavar="NAME@NUMBER")
        parser.add_argument(
            "--base", default="", metavar="MODEL", help="name, name@version or hash"
        )
        parser.add_argument("--config", type=Path, help="TOML; default: the standard one")
        parser.add_argument("--epochs", type=int, default=0, help="0: as configured")
        parser.add_argument("--seed", type=int, default=7)
        parser.add_argument("--as", dest="email", help="who asks; default: who made the release")
        parser.add_argument("--here", action="store_true", help="train now, in this process")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            run = self._request(options)
            if options["here"]:
                training_execute(run_id=run.pk, unpack=release_unpack)
        except PortalError as error:
            raise CommandError(f"{error.code}: {error.message}") from error
        except OSError as error:
            raise CommandError(f"The configuration cannot be read: {error}") from error
        run.refresh_from_db()
        if run.state == TrainingRun.State.FAILED:
            raise CommandError(f"{run.code}: {run.message}")
        found = f", candidate {run.result.sha256[:12]}" if run.result else ""
        self.stdout.write(f"{run} ({run.pk}) {run.get_state_display().lower()}{found}")

    def _request(self, options: dict[str, Any]) -> TrainingRun:
        release = release_named(options["release"])
        actor = release.created_by
        if options["email"]:
            actor = User.objects.filter(email=options["email"]).first()
            if actor is None:
                raise CommandError(f"There is nobody with the address {options['email']}.")
        wanted = Wanted(
            base=model_find(options["base"]) if options["base"] else None,
            config=options["config"].read_text(encoding="utf-8") if options["config"] else "",
            epochs=options["epochs"],
            seed=options["seed"],
        )
        return training_request(release=release, actor=actor, wanted=wanted)
