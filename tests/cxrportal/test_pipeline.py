"""The rows are the truth, the broker only a nudge."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from kombu.exceptions import OperationalError

from cases.models import Case, Image
from cases.services.upload import UploadRequest, upload_accept
from cxrportal import pipeline
from cxrportal.pipeline import STAGES, Stage, nudge, sweep
from inference.models import InferenceRun
from tests.cases.dicom.factories import dicom_bytes
from tests.support.cases import make_case, make_image, make_model

pytestmark = [pytest.mark.django_db, pytest.mark.services]


class Broker:
    """Stands where the broker is: keeps what was sent, or is away."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.away = False

    def stage(self, stage: Stage) -> Stage:
        broker = self

        class Door:
            @staticmethod
            def apply_async(args, retry):
                if broker.away:
                    raise OperationalError("no broker")
                broker.sent.append((stage.name, args[0]))

        return Stage(stage.name, stage.due, Door())


@pytest.fixture
def broker(monkeypatch) -> Broker:
    broker = Broker()
    monkeypatch.setattr(pipeline, "STAGES", tuple(broker.stage(stage) for stage in STAGES))
    return broker


def waiting_image(department) -> Image:
    return make_image(make_case(department), state=Image.State.WAITING)


def test_an_upload_sends_its_ingest_after_commit(
    broker, department, clinician, tmp_path: Path, django_capture_on_commit_callbacks
) -> None:
    path = tmp_path / "a.dcm"
    path.write_bytes(dicom_bytes())
    with django_capture_on_commit_callbacks(execute=True):
        image = upload_accept(
            UploadRequest(user=clinician, department=department, path=path, file_name="a.dcm")
        ).image
        assert broker.sent == []
    assert broker.sent == [("ingest", str(image.pk))]


def test_with_the_broker_away_an_upload_succeeds_and_the_sweep_sends_it_later(
    broker, department, clinician, tmp_path: Path, django_capture_on_commit_callbacks
) -> None:
    broker.away = True
    path = tmp_path / "a.dcm"
    path.write_bytes(dicom_bytes())
    with django_capture_on_commit_callbacks(execute=True):
        image = upload_accept(
            UploadRequest(user=clinician, department=department, path=path, file_name="a.dcm")
        ).image
    assert Image.objects.get().nudged_at is None
    broker.away = False
    assert sweep() == 1
    assert broker.sent == [("ingest", str(image.pk))]


def test_what_was_sent_is_not_sent_again_within_a_lease(broker, department) -> None:
    waiting_image(department)
    assert (sweep(), sweep()) == (1, 0)


def test_a_message_that_the_broker_lost_is_sent_again(broker, department, settings) -> None:
    waiting_image(department)
    sweep()
    Image.objects.update(nudged_at=timezone.now() - timedelta(seconds=settings.LEASE_S + 1))
    assert sweep() == 1


def test_the_work_of_a_dead_worker_is_sent_again(broker, department) -> None:
    image = waiting_image(department)
    Image.objects.all().claim(image.pk)
    assert sweep() == 0
    Image.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert sweep() == 1


def test_a_prepared_image_gets_one_run_with_the_active_model(broker, department) -> None:
    model = make_model()
    image = make_image(make_case(department))
    nudge(image.case_id)
    nudge(image.case_id)
    run = InferenceRun.objects.get()
    assert (run.image, run.model_version) == (image, model)
    assert broker.sent == [("infer", str(run.pk))]


def test_an_ended_run_is_proposed(broker, department) -> None:
    run = InferenceRun.objects.create(
        image=make_image(make_case(department)), model_version=make_model(), state="FAILED"
    )
    nudge(run.image.case_id)
    assert ("propose", str(run.pk)) in broker.sent


def test_a_case_whose_only_image_could_not_be_prepared_is_still_readable(
    broker, department
) -> None:
    case = make_image(make_case(department), state=Image.State.FAILED, code="damaged").case
    for _ in range(4):
        sweep()
    case.refresh_from_db()
    assert case.status == Case.Status.PROPOSED


def test_a_case_without_images_waits(broker, department) -> None:
    case = make_case(department)
    sweep()
    case.refresh_from_db()
    assert case.status == Case.Status.RECEIVED


def test_a_nudge_of_one_case_leaves_the_others(broker, department) -> None:
    mine, _ = waiting_image(department), waiting_image(department)
    nudge(mine.case_id)
    assert broker.sent == [("ingest", str(mine.pk))]
