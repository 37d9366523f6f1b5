"""What commands over many files share: a bar, a line with the time taken, an exit status."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from cxrportal.common.errors import PortalError
from inference.services.batch_files import ERRORS
from inference.services.predict import Outcome


class BatchCommand(BaseCommand):
    """A command over files that ends with status 1 where one of them could not be done."""

    requires_migrations_checks = False

    def run_batch(self, work: Callable[..., Outcome], *, out: Path, done: str) -> None:
        """``work`` takes ``progress`` (services.predict.Progress); ``done`` is the verb of what
        became of a file, as in "2 could not be predicted".

        Raises CommandError: work refused as a whole, or not done for every file.
        """
        bar = tqdm(unit="image", disable=not sys.stderr.isatty(), file=sys.stderr)

        def progress(what: str, count: int) -> None:
            if what == "total":
                bar.reset(count)
            else:
                bar.update(count)

        began = time.perf_counter()
        try:
            with bar:
                outcome = work(progress=progress)
        except PortalError as error:
            raise CommandError(f"{error.code}: {error.message}") from error
        took = time.perf_counter() - began
        runtime = f" ({outcome.runtime})" if outcome.runtime else ""
        self.stdout.write(
            f"{outcome.model}{runtime}: {outcome.computed} images in {took:.1f} s"
            f" ({outcome.computed / took:.1f} images/s, loading included), {outcome.known} known,"
            f" {outcome.skipped} other files skipped, results in {out}"
        )
        for fault in outcome.faults:
            self.stderr.write(str(fault))
        if outcome.faults:
            raise CommandError(f"{len(outcome.faults)} could not be {done}: {out / ERRORS}")
