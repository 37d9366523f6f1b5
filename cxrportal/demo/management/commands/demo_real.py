"""``manage.py demo_real DIR``: send real files through the running portal, print what came."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cxrportal.accounts.models import ApiToken, User
from cxrportal.accounts.tokens import token_issue
from cxrportal.demo.client import PortalClient, PortalUnreachable
from cxrportal.demo.people import CLINICIAN_EMAIL

SUFFIXES = {".dcm", ".png", ".jpg", ".jpeg"}
FOLDERS = ("dicom", "nih/originals")
TOP = 3


class Command(BaseCommand):
    help = "Upload DIR/dicom and DIR/nih/originals (or DIR itself) through the API and wait."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("data", type=Path)
        parser.add_argument("--url", default="http://localhost:8000")
        parser.add_argument("--wait-s", type=float, default=300.0)

    def handle(self, *args: Any, **options: Any) -> None:
        files = _files(options["data"])
        if not files:
            raise CommandError(f"no DICOM, PNG or JPEG file below {options['data']}")
        client = PortalClient(options["url"], _token())
        try:
            missed = self.send_all(client, files, options["wait_s"])
        except PortalUnreachable as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{len(files)} files, {missed} not analysed without a reason")
        if missed:
            raise CommandError("a chest radiograph was accepted and not analysed")

    def send_all(self, client: PortalClient, files: list[Path], wait_s: float) -> int:
        """Upload everything, then print a line a file. Returns how many were not analysed."""
        sent = [(path, client.upload(path)) for path in files]
        missed = 0
        for path, answer in sent:
            line, ok = _line(client, answer, wait_s)
            missed += not ok
            self.stdout.write(f"{path.name:58.58} {line}")
        return missed


def _files(folder: Path) -> list[Path]:
    roots = [folder / name for name in FOLDERS if (folder / name).is_dir()] or [folder]
    found = (path for root in roots for path in root.iterdir())
    return sorted(p for p in found if p.is_file() and p.suffix.lower() in SUFFIXES)


def _token() -> str:
    """An hour's upload token of the demo clinician, made on the machine that holds the database."""
    user = User.objects.filter(email=CLINICIAN_EMAIL).first()
    if user is None:
        raise CommandError("there is no demo clinician; run `manage.py seed_demo` first")
    scopes = [ApiToken.Scope.READ, ApiToken.Scope.UPLOAD]
    _, secret = token_issue(user=user, name="demo_real", scopes=scopes, lifetime=timedelta(hours=1))
    return secret


def _line(client: PortalClient, answer: Any, wait_s: float) -> tuple[str, bool]:
    """What to print about one file, and whether all is as it should be."""
    if answer.status >= 400:
        return f"refused   {answer.body.get('code')}: {answer.body.get('message')}", True
    result = answer.body["results"][0]
    reading = client.wait_for_case(result["case"], limit_s=wait_s)
    image = next(i for i in reading["images"] if i["id"] == result["image"])
    warnings = ",".join(w["code"] for w in result["warnings"])
    analysis = image["analysis"] or {"state": "WAITING", "code": "", "scores": []}
    head = f"{result['outcome']:9} {analysis['state']:7} {analysis['code'] or image['ingest_code']}"
    scores = ", ".join(f"{s['name']} {s['score']:.2f}" for s in analysis["scores"][:TOP])
    not_chest = analysis["code"] == "not_a_chest_radiograph"
    ok = analysis["state"] == "DONE" or not_chest
    return f"{head} {scores} {f'[{warnings}]' if warnings else ''}".rstrip(), ok
