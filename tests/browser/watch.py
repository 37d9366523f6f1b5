"""What pages complain about: console errors, uncaught errors, policy violations, server errors."""

from __future__ import annotations

import re

from playwright.sync_api import ConsoleMessage, Page, Response

REPORT_POLICY = """document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`))"""


class Watch:
    """Follows pages. ``allow`` names what a test brings about on purpose, as a pattern."""

    def __init__(self) -> None:
        self._heard: list[str] = []
        self._allowed: list[str] = []

    def follow(self, page: Page) -> None:
        page.add_init_script(REPORT_POLICY)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self._heard.append(f"page error: {error}"))
        page.on("response", self._response)
        page.on("dialog", self._dialog)

    def allow(self, pattern: str) -> None:
        self._allowed.append(pattern)

    def faults(self) -> list[str]:
        return [
            line
            for line in self._heard
            if not any(re.search(pattern, line) for pattern in self._allowed)
        ]

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            place = (message.location or {}).get("url", "")
            self._heard.append(f"console: {message.text} ({place})")

    def _response(self, response: Response) -> None:
        if response.status >= 500:
            self._heard.append(f"status {response.status}: {response.url}")

    def _dialog(self, dialog) -> None:
        self._heard.append(f"dialog: {dialog.message}")
        dialog.dismiss()
