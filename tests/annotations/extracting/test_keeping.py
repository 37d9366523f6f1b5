"""Who may have an extraction, and for how long it is kept."""

from __future__ import annotations

import os
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from annotations.extracting.services.request import extraction_delete, extraction_request
from annotations.extracting.services.run import extraction_folder, extraction_run
from annotations.extracting.tasks import expire_extraction_task
from annotations.models import Extraction, Release
from cxrportal import pipeline
from cxrportal.accounts.models import AccessEvent
from cxrportal.accounts.permissions import NotAllowed
from cxrportal.common.storage import storage
from tests.annotations.extracting.support import EVERYTHING, METADATA, extracted
from tests.support.people import make_department, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.services]


def status_of(client, address: str) -> int:
    answer = client.get(address)
    if answer.streaming:
        b"".join(answer.streaming_content)
    return answer.status_code


def test_a_release_that_is_being_built_has_nothing_to_extract(drawn, researcher, client) -> None:
    Release.objects.update(state="RUNNING")
    client.force_login(researcher)
    address = f"/extractions/release/{drawn.pk}/"
    assert client.post(address, EVERYTHING).status_code == 409
    assert "Extract tables" not in client.get(f"/releases/{drawn.pk}/").content.decode()


def test_only_researchers_of_the_release_may_ask_and_see(
    drawn, researcher, clinician, client
) -> None:
    with pytest.raises(NotAllowed):
        extraction_request(release=drawn, options=METADATA, actor=clinician)
    extraction = extracted(drawn, researcher)
    client.force_login(make_user("researcher", make_department("Away")))
    for act in ("", "download/"):
        assert client.get(f"/extractions/{extraction.pk}/{act}").status_code == 404
        assert client.get(f"/api/v1/extractions/{extraction.pk}/{act}").status_code == 404
    assert client.post(f"/extractions/{extraction.pk}/delete/").status_code == 404
    assert client.delete(f"/api/v1/extractions/{extraction.pk}/").status_code == 404
    assert client.post(f"/extractions/release/{drawn.pk}/", EVERYTHING).status_code == 404
    asked = client.post(
        "/api/v1/extractions/", {"release": str(drawn.pk), "pixels": True}, "application/json"
    )
    assert asked.status_code == 404
    assert client.get("/api/v1/extractions/").json()["results"] == []


def test_a_withdrawn_consent_ends_downloads_and_new_extractions(drawn, researcher, client) -> None:
    extraction = extracted(drawn, researcher)
    waiting = extraction_request(release=drawn, options=METADATA, actor=researcher)
    client.force_login(researcher)
    assert status_of(client, f"/extractions/{extraction.pk}/download/") == 200
    drawn.patients.filter(pk=drawn.patients.first().pk).update(research_consent=False)
    assert client.get(f"/extractions/{extraction.pk}/download/").status_code == 410
    assert client.get(f"/api/v1/extractions/{extraction.pk}/download/").status_code == 410
    assert client.post(f"/extractions/release/{drawn.pk}/", EVERYTHING).status_code == 410
    page = client.get(f"/extractions/{extraction.pk}/").content.decode()
    assert "has withdrawn the consent" in page
    assert "/download/" not in page
    extraction_run(extraction_id=waiting.pk)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.code) == ("FAILED", "consent_withdrawn")


def test_an_expired_file_is_not_sent_and_then_removed(drawn, researcher, client) -> None:
    extraction = extracted(drawn, researcher)
    kept = extraction.expires_at - timezone.now()
    assert timedelta(days=13) < kept < timedelta(days=15)
    expire_extraction_task(str(extraction.pk))
    assert storage().exists(extraction.archive_key)
    past = timezone.now() - timedelta(seconds=1)
    Extraction.objects.update(expires_at=past)
    client.force_login(researcher)
    assert client.get(f"/extractions/{extraction.pk}/download/").status_code == 410
    assert "has expired" in client.get(f"/extractions/{extraction.pk}/").content.decode()
    (stage,) = (stage for stage in pipeline.STAGES if stage.name == "expire")
    assert [row.pk for row in stage.due(None)] == [extraction.pk]
    for _ in range(2):
        stage.task(str(extraction.pk))
    assert not storage().exists(extraction.archive_key)
    assert not storage().exists(extraction_folder(extraction.pk))
    assert not stage.due(None).exists()
    assert client.get(f"/extractions/{extraction.pk}/download/").status_code == 410


def test_a_deleted_one_is_gone_with_its_file(drawn, researcher, client) -> None:
    extraction = extracted(drawn, researcher)
    client.force_login(researcher)
    answer = client.post(f"/extractions/{extraction.pk}/delete/")
    assert answer.url == f"/releases/{drawn.pk}/"
    assert not Extraction.objects.exists()
    assert not storage().exists(extraction.archive_key)
    event = AccessEvent.objects.latest("pk")
    assert (event.target_key, event.detail) == (str(extraction.pk), f"deleted, of {drawn}")


@pytest.mark.django_db(transaction=True)
def test_one_that_is_deleted_while_it_is_made_leaves_no_file(drawn, researcher) -> None:
    extraction = extraction_request(release=drawn, options=METADATA, actor=researcher)
    archive = Path(storage().path(drawn.archive_key))
    content = archive.read_bytes()
    archive.unlink()
    os.mkfifo(archive)  # the worker waits for it

    def delete() -> None:
        with archive.open("wb") as pipe:
            extraction_delete(extraction=Extraction.objects.get(state="RUNNING"))
            pipe.write(content)
        connection.close()

    thread = threading.Thread(target=delete, daemon=True)
    thread.start()
    extraction_run(extraction_id=extraction.pk)
    thread.join(timeout=60)
    assert not thread.is_alive()
    assert not Extraction.objects.exists()
    assert not storage().exists(extraction_folder(extraction.pk))
