"""Expected failures. Pure: no Django, so that decoders, networks and writers can raise them too.

Every expected failure has a stable ``code`` (for programs), an HTTP status and a message (for
people).
Concrete errors stand beside the code that raises them; one handler turns them into an answer.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import ClassVar


class PortalError(Exception):
    """An expected failure with a stable code.

    Subclasses set ``code``, ``http_status`` and ``default_message``; a call may pass a more precise
    message, and a more precise code where one class covers a family of refusals.
    """

    code: ClassVar[str] = "error"
    http_status: ClassVar[int] = 400
    default_message: ClassVar[str] = "The request could not be carried out."

    def __init__(self, message: str = "", *, code: str = "") -> None:
        self.message = message or self.default_message
        if code:
            self.code = code  # type: ignore[misc]  # narrows the family's code for this one failure
        super().__init__(self.message)

    def __str__(self) -> str:
        return self.message


def exit_status(work: Callable[[], object]) -> int:
    """Does a command's ``work``: 0, or 1 after an expected failure, told on standard error."""
    try:
        work()
    except PortalError as error:
        sys.stderr.write(f"{error.code}: {error}\n")
        return 1
    return 0
