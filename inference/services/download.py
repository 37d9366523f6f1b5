"""Fetch a checkpoint's files over HTTPS: capped, timed, and never by another way than asked for."""

from __future__ import annotations

import ssl
import time
from http.client import HTTPException, HTTPMessage
from pathlib import Path
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, Request, build_opener

from django.conf import settings

from cxrportal.common.errors import PortalError

TIMEOUT_S = 30.0  # for the connection and for each read
LIMIT_S = 1800.0  # for one file
_CHUNK_BYTES = 1024 * 1024


class ModelUrlRefused(PortalError):
    code = "model_url_refused"
    http_status = 422
    default_message = "A model is fetched over https, from an address without a login in it."


class ModelUnreachable(PortalError):
    code = "model_unreachable"
    http_status = 503
    default_message = "The model cannot be fetched."


class ModelTooLarge(PortalError):
    code = "model_too_large"
    http_status = 413
    default_message = "The model is larger than MODEL_PULL_MAX_MB allows."


class _StaysOnHttps(HTTPRedirectHandler):
    def redirect_request(  # the signature of the class it extends
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        check_url(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def check_url(url: str) -> None:
    """Raises ModelUrlRefused unless the address is plain https."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError as error:
        raise ModelUrlRefused from error
    if parts.scheme != "https" or not host or parts.username or parts.password:
        raise ModelUrlRefused


def fetch(url: str, target: Path, *, limit_bytes: int) -> int:
    """Write what ``url`` answers to ``target``; return its bytes.

    Raises ModelUrlRefused, ModelUnreachable or ModelTooLarge; ``target`` may then hold a part.
    """
    check_url(url)
    context = ssl.create_default_context(cafile=settings.MODEL_CA_FILE or None)
    opener = build_opener(_StaysOnHttps, HTTPSHandler(context=context))
    try:
        with opener.open(url, timeout=TIMEOUT_S) as answer, target.open("wb") as out:
            return _copy(answer, out, limit_bytes)
    except HTTPError as error:
        raise ModelUnreachable(f"{url} answers {error.code}.") from error
    except (URLError, HTTPException, OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise ModelUnreachable(f"{url} cannot be fetched: {reason}"[:300]) from error


def _copy(answer: IO[bytes], out: IO[bytes], limit_bytes: int) -> int:
    until = time.monotonic() + LIMIT_S
    written = 0
    while chunk := answer.read(_CHUNK_BYTES):
        written += len(chunk)
        if written > limit_bytes:
            raise ModelTooLarge
        if time.monotonic() > until:
            raise ModelUnreachable(f"It takes longer than {LIMIT_S:.0f} s.")
        out.write(chunk)
    return written
