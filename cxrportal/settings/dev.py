"""One machine, nothing to install: what ``make run`` uses."""

from __future__ import annotations

import secrets
from pathlib import Path

from cxrportal.settings.base import *  # noqa: F403
from cxrportal.settings.base import DATA_DIR, env


def _kept_secret(path: Path) -> str:
    """A random key made once for this machine and readable by its owner alone."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(64), encoding="ascii")
    return path.read_text(encoding="ascii")


DEBUG = env.bool("DEBUG", False)
SECRET_KEY = env.str("SECRET_KEY", "") or _kept_secret(DATA_DIR / "secret_key")
for _folder in ("media", "static", "models", "broker/messages", "broker/control"):
    (DATA_DIR / _folder).mkdir(parents=True, exist_ok=True)
