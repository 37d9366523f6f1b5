"""The name of this build of the static files.

ES modules import each other by relative path, so names carry no hash; the folder does instead.
A new build gets a new prefix, and everything below it may be cached for ever.
"""

from __future__ import annotations

import hashlib
from pathlib import Path


def static_build(folder: Path, named: str = "") -> str:
    """Twelve hexadecimal digits over path, size and content of every file in ``folder``.

    ``named`` (from the environment) wins, so that several machines can agree on a release's name.
    """
    if named:
        return named
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        digest.update(str(path.relative_to(folder)).encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]
