"""A small client of the portal's own REST API, as a program outside would write it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import urllib3

from cxrportal.common.errors import PortalError


class PortalUnreachable(PortalError):
    code = "portal_unreachable"
    http_status = 503
    default_message = "The portal does not answer."


FINISHED = ("DONE", "FAILED")


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and JSON body of one response."""

    status: int
    body: dict[str, Any]


class PortalClient:
    """Speaks to ``http://host:port/api/v1/`` with a bearer token."""

    def __init__(self, base: str, token: str) -> None:
        self._base = base.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        self._http = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(300))

    def get(self, path: str) -> Answer:
        return self._send("GET", path)

    def post(self, path: str, body: dict[str, Any]) -> Answer:
        return self._send("POST", path, json=body)

    def download(self, path: str) -> bytes:
        """The bytes of a file; an error raises with the answer's text."""
        url = f"{self._base}/api/v1/{path}"
        response = self._http.request("GET", url, headers=self._headers)
        if response.status != 200:
            raise RuntimeError(f"{path}: {response.status} {response.data[:200]!r}")
        return response.data

    def upload(self, path: Path) -> Answer:
        """One file. The answer's body is ``{results: [...]}`` or ``{code, message}``."""
        fields = {"file": (path.name, path.read_bytes(), "application/octet-stream")}
        return self._send("POST", "uploads/", fields=fields)

    def wait_for_case(self, case: str, *, limit_s: float) -> dict[str, Any]:
        """The reading JSON once every image is analysed or has failed, or time is up."""
        until = time.monotonic() + limit_s
        while time.monotonic() < until:
            images = self.get(f"cases/{case}/progress/").body["images"]
            if all(_finished(image) for image in images):
                break
            time.sleep(1)
        return self.get(f"cases/{case}/reading/").body

    def _send(self, method: str, path: str, **kwargs: Any) -> Answer:
        url = f"{self._base}/api/v1/{path}"
        try:
            response = self._http.request(method, url, headers=self._headers, **kwargs)
        except urllib3.exceptions.HTTPError as error:
            raise PortalUnreachable(
                f"{self._base} does not answer: is the portal running?"
            ) from error
        try:
            body = response.json()
        except ValueError:
            body = {"code": "no_json", "message": response.data[:200].decode("utf-8", "replace")}
        return Answer(response.status, body)


def _finished(image: dict[str, Any]) -> bool:
    return image["ingest_state"] == "FAILED" or image["analysis_state"] in FINISHED
