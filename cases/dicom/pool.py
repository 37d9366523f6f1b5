"""Many files to grey pictures, decoded ahead in processes that outlive one file.

A process a file costs more than most decoding does. Here a few processes, each bounded in memory,
decode file after file. When one of them dies or hangs, the file that is waited for goes through
``sandbox``, which tells why; the others are given to new processes.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from cases.dicom import sandbox
from cases.dicom.errors import DecoderFailed, FileDamaged, FileRefused
from cases.dicom.pixels import to_uint8
from cases.dicom.reader import read_image
from cases.dicom.types import ImageFacts, Limits

_DEFAULTS = Limits()
AHEAD = 3  # files a process that are decoded, or being decoded, before they are asked for


@dataclass(frozen=True, slots=True)
class GreyPicture:
    """``grey``: (rows, columns) uint8 with the default grey scale, 255 is white."""

    facts: ImageFacts
    grey: NDArray[np.uint8]


Outcome = GreyPicture | FileRefused


def decode_ahead(
    paths: Sequence[Path], *, processes: int, limits: Limits = _DEFAULTS
) -> Iterator[Outcome]:
    """The picture of each file, or why it is refused, in the order of ``paths``."""
    pool = _Pool(processes, limits)
    waiting: deque[tuple[Path, Future[Outcome]]] = deque()
    rest = iter(paths)
    try:
        while True:
            while len(waiting) < processes * AHEAD and (path := next(rest, None)) is not None:
                waiting.append((path, pool.submit(path)))
            if not waiting:
                return
            path, future = waiting.popleft()
            try:
                outcome = future.result(limits.wall_s)
            except (BrokenProcessPool, TimeoutError):
                pool.renew()
                waiting = deque((other, pool.submit(other)) for other, _ in waiting)
                outcome = _alone(path, limits)
            yield outcome
    finally:
        pool.end()


class _Pool:
    """An executor that can be thrown away, with what hangs in it."""

    def __init__(self, processes: int, limits: Limits) -> None:
        self._processes, self._limits = processes, limits
        self._executor = self._started()

    def _started(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            self._processes,
            mp_context=multiprocessing.get_context("spawn"),  # the parent may hold torch's threads
            initializer=_bound,
            initargs=(self._limits.memory_bytes,),
        )

    def submit(self, path: Path) -> Future[Outcome]:
        try:
            return self._executor.submit(_decoded, path, self._limits)
        except BrokenProcessPool as broken:  # found out when the file is waited for
            failed: Future[Outcome] = Future()
            failed.set_exception(broken)
            return failed

    def renew(self) -> None:
        self.end()
        self._executor = self._started()

    def end(self) -> None:
        """Without waiting for what hangs."""
        # A process that hangs hears nothing but a signal; which those are, only this field says.
        for pid in list(getattr(self._executor, "_processes", None) or {}):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._executor.shutdown(wait=True, cancel_futures=True)


def _bound(memory_bytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = memory_bytes if hard == resource.RLIM_INFINITY else min(memory_bytes, hard)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends its processes itself
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    cv2.setNumThreads(1)


def _end_with(parent: int) -> None:
    """A parent that was killed ends nobody, and the queue of work never closes."""
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(1)


def _decoded(path: Path, limits: Limits) -> Outcome:
    """In a process of the pool. Refusals come back as values: an exception loses its code."""
    try:
        image = read_image(path, limits)
        return GreyPicture(image.facts, to_uint8(image.stored, image.facts.grid))
    except FileRefused as refused:
        return refused
    except MemoryError:
        return DecoderFailed(code="decoder_memory")
    except OSError as error:
        return _unreadable(error)


def _alone(path: Path, limits: Limits) -> Outcome:
    """In a process of its own, for a file that may have ended the one before."""
    try:
        with tempfile.TemporaryDirectory(prefix="decode-") as folder:
            files = sandbox.render(path, Path(folder), limits)
            grey = cv2.imread(str(files.display), cv2.IMREAD_GRAYSCALE)
    except FileRefused as refused:
        return refused
    except OSError as error:
        return _unreadable(error)
    return DecoderFailed() if grey is None else GreyPicture(files.facts, grey.astype(np.uint8))


def _unreadable(error: OSError) -> FileRefused:
    return FileDamaged(f"The file cannot be read: {error.strerror or error}.")
