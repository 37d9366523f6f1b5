"""Files over several processes, each bounded in memory and time; one may die, the others go on."""

from __future__ import annotations

import multiprocessing
import resource
import signal
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from pathlib import Path

from cases.dicom.errors import refusal
from cases.dicom.extraction.types import WORKER_LIMITS, Job, Outcome, Wanted

AHEAD = 2  # jobs a worker that wait or run: what may have to be done again after a death


def extract_all(
    jobs: Iterable[Job], wanted: Wanted, pieces: Path, workers: int
) -> Iterator[tuple[Job, Outcome]]:
    """The outcome of each job, in the order in which they come to an end."""
    waiting = iter(jobs)
    while True:
        suspects: list[Job] = []
        yield from _run_pool(waiting, wanted, pieces, workers, suspects)
        if not suspects:
            return
        for job in suspects:  # one at a time: the one that kills its process is the one to blame
            yield job, _alone(job, wanted, pieces)


def _run_pool(
    waiting: Iterator[Job], wanted: Wanted, pieces: Path, workers: int, suspects: list[Job]
) -> Iterator[tuple[Job, Outcome]]:
    """Until all is done or a process dies; then ``suspects`` holds what was under way."""
    running: dict[Future[Outcome], Job] = {}
    with _executor(workers) as pool:
        try:
            while True:
                for job in islice(waiting, AHEAD * workers - len(running)):
                    running[pool.submit(_bounded, job, wanted, pieces)] = job
                if not running:
                    return
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    outcome = future.result()
                    yield running.pop(future), outcome
        except BrokenProcessPool:
            suspects.extend(running.values())
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _alone(job: Job, wanted: Wanted, pieces: Path) -> Outcome:
    started = time.monotonic()
    try:
        with _executor(1) as pool:
            return pool.submit(_bounded, job, wanted, pieces).result()
    except BrokenProcessPool:
        slow = time.monotonic() - started >= WORKER_LIMITS.wall_s
        refused = refusal("decoder_timeout" if slow else "decoder_crashed")
        return Outcome(job.name, job.stamp, code=refused.code, message=refused.message)


def _executor(workers: int) -> ProcessPoolExecutor:
    # Not forked: a library that has started threads does not survive a fork.
    return ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _bound)


def _bound() -> None:
    """Limits of a worker process, set before it sees a file."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is answered by the parent
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    for kind, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_AS, WORKER_LIMITS.memory_bytes),
    ):
        _, hard = resource.getrlimit(kind)
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (allowed, allowed))


def _bounded(job: Job, wanted: Wanted, pieces: Path) -> Outcome:
    import cv2  # heavy: loaded under the bounds

    from cases.dicom.extraction.work import extract_file  # heavy: codecs and scikit-image

    cv2.setNumThreads(1)
    signal.alarm(WORKER_LIMITS.wall_s)  # ends the process: no codec hangs for ever
    try:
        return extract_file(job, wanted, pieces)
    finally:
        signal.alarm(0)
