"""A killed build goes on where it was, with the same key; nothing of it outlives the release."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from annotations.exports.deidentify import Deidentifier
from annotations.models import Release
from annotations.releases.pixels import Piece
from annotations.releases.services.build import release_build
from annotations.releases.services.request import release_request
from annotations.releases.services.staging import Staging, key_of, staging_folder
from cases.models import Image
from cases.services.burned_in import burned_in_review
from cxrportal.common.leases import LeaseLost
from cxrportal.common.storage import put_durable, storage
from tests.annotations.releases.test_build import members, picture_of
from tests.support.readings import read_case, sign
from tests.support.stack import ROOT, wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]
SALT = "5a" * 32
MASK = (200, 256, 220, 276)


@dataclass
class Stalled:
    """A build in a process of its own that waits for the third of its four pictures."""

    release: Release
    images: list[Image]  # in the order in which they are done
    process: subprocess.Popen[bytes]
    held: Path  # the named pipe that it reads
    held_content: bytes
    pipe: int = -1  # its other end

    @property
    def staged(self) -> list[str]:
        folder = Path(storage().path(staging_folder(self.release.pk)))
        return sorted(p.name for p in folder.iterdir()) if folder.exists() else []

    def let_go_of_the_lease(self) -> None:
        """The picture is there again, and the lease has run out."""
        self.held.unlink()
        self.held.write_bytes(self.held_content)
        past = timezone.now() - timedelta(seconds=1)
        Release.objects.filter(pk=self.release.pk).update(lease_until=past)

    def give(self) -> None:
        """Write what the process waits for."""
        os.set_blocking(self.pipe, True)
        with open(self.pipe, "wb", closefd=False) as pipe:
            pipe.write(self.held_content)
        self.close()

    def reads(self) -> bool:
        """Whether the process has opened the picture; from then on it waits for its bytes."""
        with suppress(OSError):  # nobody reads yet
            self.pipe = os.open(self.held, os.O_WRONLY | os.O_NONBLOCK)
        return self.pipe >= 0

    def close(self) -> None:
        if self.pipe >= 0:
            os.close(self.pipe)
        self.pipe = -1


def display_of(image: Image) -> Path:
    return Path(storage().path(image.display_key))


@pytest.fixture
def stalled(department, clinician, researcher):
    with transaction.atomic():  # the pipeline hears of the cases when they are signed
        for seed in range(1, 5):
            sign(read_case(department, clinician, seed=seed), clinician, no_finding=True)
    release = release_request(name="first", departments=[department], actor=researcher)
    Release.objects.update(key_salt=SALT, begun_at=timezone.now())
    by_id = {str(image.pk): image for image in Image.objects.all()}
    images = [by_id[pk] for pk in Deidentifier(key_of(SALT)).in_release_order(by_id)]
    held = display_of(images[2])
    content = held.read_bytes()
    held.unlink()
    os.mkfifo(held)
    process = subprocess.Popen([sys.executable, "-c", BUILD, str(release.pk)], cwd=ROOT, env=env())
    found = Stalled(release, images, process, held, content)
    try:
        wait_until(found.reads, limit_s=120, what="the third picture")
        assert len(found.staged) == 2
        yield found
    finally:
        process.kill()
        process.wait()
        found.close()


BUILD = """
import sys
import django
django.setup()
from annotations.releases.services.build import release_build
release_build(release_id=sys.argv[1])
"""


def env() -> dict[str, str]:
    """The child works on the database and the files of the test."""
    database = connection.settings_dict
    name, host = database["NAME"], database.get("HOST") or "127.0.0.1"
    people = f"{database.get('USER') or 'root'}:{database.get('PASSWORD') or ''}"
    url = f"postgres://{people}@{host}:{database.get('PORT') or 5432}/{name}"
    return {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "cxrportal.settings.dev",
        "ENV_FILE": os.devnull,
        "DATA_DIR": str(settings.DATA_DIR),
        "SECRET_KEY": settings.SECRET_KEY,
        "DATABASE_URL": url if connection.vendor == "postgresql" else f"sqlite:///{name}",
        "HEARTBEAT_S": "3600",
    }


def left_on_this_machine(release: Release) -> list[Path]:
    return list(Path(tempfile.gettempdir()).glob(f"release-{release.pk}-*"))


def test_a_killed_build_goes_on_and_gives_the_bytes_of_an_undisturbed_one(
    stalled: Stalled, clinician
) -> None:
    release, (first, second, *_) = stalled.release, stalled.images
    stalled.process.kill()
    assert stalled.process.wait() == -9
    release.refresh_from_db()
    assert (release.state, release.key_salt) == ("RUNNING", SALT)
    assert left_on_this_machine(release)
    # The first picture cannot be decoded again; text is masked on the second one meanwhile.
    gone, content = display_of(first), display_of(first).read_bytes()
    gone.unlink()
    burned_in_review(image=second, actor=clinician, outcome="masked", masks=[MASK])
    stalled.let_go_of_the_lease()

    release_build(release_id=release.pk)

    release.refresh_from_db()
    assert (release.state, release.message, release.attempts) == ("DONE", "", 2)
    assert (release.images_done, release.manifest["key"]) == (4, "destroyed")
    files = members(release)
    masked = picture_of(files[f"images/{Deidentifier(key_of(SALT)).image(str(second.pk))}.png"])
    assert not masked[MASK[1] : MASK[3], MASK[0] : MASK[2]].any()
    assert (release.key_salt, stalled.staged, left_on_this_machine(release)) == ("", [], [])

    sealed = release.archive_sha256
    gone.write_bytes(content)
    Release.objects.update(state="WAITING", key_salt=SALT, attempts=0, archive_sha256="")
    release_build(release_id=release.pk)
    release.refresh_from_db()
    assert (release.state, release.archive_sha256) == ("DONE", sealed)


def test_a_worker_that_wakes_up_after_another_has_sealed_it_leaves_nothing(
    stalled: Stalled,
) -> None:
    stalled.let_go_of_the_lease()
    release_build(release_id=stalled.release.pk)
    sealed = Release.objects.get()
    assert (sealed.state, stalled.staged) == ("DONE", [])
    stalled.give()
    assert stalled.process.wait(timeout=60) == 0
    again = Release.objects.get()
    assert (again.archive_sha256, again.finished_at) == (sealed.archive_sha256, sealed.finished_at)
    assert (again.patients.count(), stalled.staged) == (4, [])


def test_a_build_that_kills_its_workers_too_often_fails_and_leaves_nothing(
    stalled: Stalled,
) -> None:
    stalled.process.kill()
    stalled.let_go_of_the_lease()
    Release.objects.update(attempts=settings.MAX_ATTEMPTS)
    release_build(release_id=stalled.release.pk)
    release = Release.objects.get()
    assert (release.state, release.code) == ("FAILED", "attempts_exhausted")
    assert (release.key_salt, stalled.staged, left_on_this_machine(release)) == ("", [], [])


def test_a_failed_build_leaves_nothing(stalled: Stalled) -> None:
    stalled.process.kill()
    stalled.held_content = b"no picture"
    stalled.let_go_of_the_lease()
    release_build(release_id=stalled.release.pk)
    release = Release.objects.get()
    assert (release.state, release.code) == ("FAILED", "picture_invalid")
    assert (release.key_salt, stalled.staged) == ("", [])


@pytest.fixture
def running(department, researcher) -> Release:
    release = release_request(name="first", departments=[department], actor=researcher)
    Release.objects.claim(release.pk)
    release.refresh_from_db()
    return release


def maker(says: bytes) -> Callable[[], Piece]:
    return lambda: Piece(says, bytes(32))


def stored(release: Release) -> Path:
    (path,) = Path(storage().path(staging_folder(release.pk))).iterdir()
    return path


KEY = key_of(SALT)


def test_a_piece_is_taken_only_whole_and_by_the_same_recipe_and_key(running) -> None:
    staging = Staging(running.pk, running.lease_token, KEY)
    other = Staging(running.pk, running.lease_token, bytes(32))
    assert staging.piece("images/a.png", b"recipe", maker(b"one")).content == b"one"
    assert staging.piece("images/a.png", b"recipe", maker(b"two")).content == b"one"
    assert staging.piece("images/a.png", b"masked", maker(b"three")).content == b"three"
    assert other.piece("images/a.png", b"masked", maker(b"four")).content == b"four"


@pytest.mark.parametrize("keep", [0, 31, 32, 64, 66])
def test_a_half_written_piece_is_made_again(running, keep: int) -> None:
    staging = Staging(running.pk, running.lease_token, KEY)
    staging.piece("images/a.png", b"recipe", maker(b"one"))
    stored(running).write_bytes(stored(running).read_bytes()[:keep])
    assert staging.piece("images/a.png", b"recipe", maker(b"two")).content == b"two"


@pytest.mark.parametrize("place", [0, 40, -1])
def test_a_piece_with_another_byte_is_made_again(running, place: int) -> None:
    staging = Staging(running.pk, running.lease_token, KEY)
    staging.piece("images/a.png", b"recipe", maker(b"one"))
    content = bytearray(stored(running).read_bytes())
    content[place] ^= 1
    stored(running).write_bytes(content)
    assert staging.piece("images/a.png", b"recipe", maker(b"two")).content == b"two"


def test_a_worker_without_the_lease_puts_nothing_there(running) -> None:
    staging = Staging(running.pk, uuid.uuid4(), KEY)
    with pytest.raises(LeaseLost):
        staging.piece("images/a.png", b"recipe", maker(b"one"))
    assert not storage().exists(staging_folder(running.pk))


def test_no_ended_release_can_hold_a_key(running) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Release.objects.update(state="DONE", key_salt=SALT)


def test_what_is_below_a_folder_goes_and_nothing_else(db) -> None:
    for key in ("x/a/one", "x/a/b/two", "x/ab"):
        put_durable(key, BytesIO())
    storage().delete_below("x/a")
    storage().delete_below("x/a")
    assert not storage().exists("x/a")
    assert storage().exists("x/ab")
