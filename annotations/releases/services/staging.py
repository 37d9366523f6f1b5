"""What a build needs to go on where a killed one was: its key, and the images that it had done.

The key is made of two halves: a random one in the row of the release, and SECRET_KEY. The row's
half is cleared by the same UPDATE that seals or fails the release (a constraint sees to it), so
that no key outlives the work. Images lie de-identified in the file store until then.
Why: docs/decisions/0011-a-killed-release-goes-on.md.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from io import BytesIO
from uuid import UUID

from django.utils import timezone
from django.utils.crypto import salted_hmac

from annotations.exports.deidentify import KEY_BYTES
from annotations.exports.duplicates import FINGERPRINT_BYTES
from annotations.models import Release
from annotations.releases.pixels import Piece
from cxrportal.common.leases import LeaseLost
from cxrportal.common.storage import delete_below, put_durable, read_bytes, storage

_TAG_BYTES = hashlib.sha256().digest_size


def release_key(release_id: UUID, token: UUID) -> bytes:
    """The key of the pseudonyms: made by the first attempt, the same for the next ones.

    Raises LeaseLost.
    """
    ours = Release.objects.filter(pk=release_id, lease_token=token)
    ours.filter(key_salt="").update(key_salt=secrets.token_hex(KEY_BYTES), begun_at=timezone.now())
    salt = ours.values_list("key_salt", flat=True).first()
    if not salt:
        raise LeaseLost
    return key_of(salt)


def key_of(salt: str) -> bytes:
    """Both halves together."""
    return salted_hmac("annotations.releases", salt, algorithm="sha256").digest()


class Staging:
    """The images of one attempt, each kept as soon as it is done."""

    def __init__(self, release_id: UUID, token: UUID, key: bytes) -> None:
        self._release_id, self._token, self._key = release_id, token, key

    def piece(self, name: str, recipe: bytes, make: Callable[[], Piece]) -> Piece:
        """The one that an earlier attempt made by the same recipe, else a new one.

        Raises LeaseLost, StorageUnavailable, and what ``make`` raises.
        """
        stored = f"{staging_folder(self._release_id)}/{name.replace('/', '-')}"
        if storage().exists(stored):
            known = self._opened(read_bytes(stored), recipe)
            if known is not None:
                return known
        made = make()
        if not Release.objects.all().renew(self._release_id, self._token):
            raise LeaseLost  # whoever took over may have ended it: nothing may lie there any more
        put_durable(stored, BytesIO(self._sealed(made, recipe)))
        return made

    def _sealed(self, piece: Piece, recipe: bytes) -> bytes:
        body = piece.fingerprint + piece.content
        return self._tag(body, recipe) + body

    def _opened(self, stored: bytes, recipe: bytes) -> Piece | None:
        """None where a byte is missing or another, or where the recipe or the key has changed."""
        tag, body = stored[:_TAG_BYTES], stored[_TAG_BYTES:]
        if len(body) <= FINGERPRINT_BYTES:
            return None
        if not hmac.compare_digest(tag, self._tag(body, recipe)):
            return None
        return Piece(body[FINGERPRINT_BYTES:], body[:FINGERPRINT_BYTES])

    def _tag(self, body: bytes, recipe: bytes) -> bytes:
        made_by = hashlib.sha256(recipe).digest()
        return hmac.new(self._key, made_by + body, hashlib.sha256).digest()


def staging_folder(release_id: UUID) -> str:
    """Where the images lie in the file store."""
    return f"releases/{release_id}/staging"


def staging_clear(release_id: UUID, token: UUID) -> None:
    """Remove them, before the row says that it ended. Raises LeaseLost, StorageUnavailable."""
    if not Release.objects.all().renew(release_id, token):
        raise LeaseLost
    delete_below(staging_folder(release_id))


def staging_clear_ended(release_id: UUID) -> None:
    """After another worker took over: what was put there since it ended the release goes too."""
    if not Release.objects.unfinished().filter(pk=release_id).exists():
        delete_below(staging_folder(release_id))
