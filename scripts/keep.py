"""Keep a process running: ``python scripts/keep.py COMMAND ...`` starts it again when it dies.

honcho ends everything as soon as one process ends. A worker that was killed must not take the web
process with it; its work is taken over by lease (docs/flow.md), it only has to come back.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from types import FrameType

SHORT_LIFE_S = 5.0
SHORT_LIVES = 3  # then it cannot start at all (a port that is taken, say), and trying is over
PAUSE_S = 1.0


class Keeper:
    """One command and its present process."""

    def __init__(self, command: list[str]) -> None:
        self.command = command
        self.process: subprocess.Popen[bytes] | None = None
        self.stopping = False

    def stop(self, signum: int, frame: FrameType | None) -> None:
        self.stopping = True
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def run(self) -> int:
        """Until it is told to stop, or the command cannot be started. Returns the exit status."""
        short_lives = 0
        while not self.stopping:
            began = time.monotonic()
            self.process = subprocess.Popen(self.command)
            status = self.process.wait()
            if self.stopping:
                break
            short_lives = short_lives + 1 if time.monotonic() - began < SHORT_LIFE_S else 0
            if short_lives == SHORT_LIVES:
                return abs(status) or 1
            sys.stderr.write(f"{self.command[0]} ended with {status}; starting it again\n")
            time.sleep(PAUSE_S)
        return 0


def main(command: list[str]) -> int:
    keeper = Keeper(command)
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, keeper.stop)
    return keeper.run()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
