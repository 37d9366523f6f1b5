"""A look at annotations: the numbers are those of the reads, and nobody is in it."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command

from annotations.exploring.services.run import exploration_run, file_key
from annotations.models import Exploration
from annotations.reading.services.reviews import review_open
from cxrportal.common.storage import read_bytes
from patients.models import Patient
from tests.annotations.releases.test_build import build
from tests.support.people import make_department, make_user
from tests.support.readings import decide, read_case, sign

pytestmark = [pytest.mark.django_db, pytest.mark.services]


@pytest.fixture
def signed(department, clinician):
    """A nodule with a box of 200 x 100 px in 440 x 512, and a normal image."""
    case = read_case(department, clinician, seed=1)
    decide(review_open(case=case, reader=clinician), label="nodule", box=(10, 20, 210, 120))
    sign(case, clinician)
    sign(read_case(department, clinician, seed=2), clinician, no_finding=True)


def looked_at(client, address: str, **data: object) -> Exploration:
    """Ask by page, and let the worker draw it."""
    answer = client.post(address, data)
    assert answer.status_code == 302, answer.content.decode()
    exploration = Exploration.objects.latest("created_at")
    exploration_run(exploration_id=exploration.pk)
    exploration.refresh_from_db()
    return exploration


@pytest.fixture(params=["database", "release"])
def explored(request, signed, researcher, department, client) -> Exploration:
    client.force_login(researcher)
    if request.param == "database":
        return looked_at(client, "/explore/", departments=[str(department.pk)])
    return looked_at(client, f"/explore/release/{build(researcher, department).pk}/")


def test_the_numbers_are_those_of_the_reads(explored) -> None:
    assert (explored.state, explored.code) == ("DONE", "")
    result = explored.result
    assert (result["images"], result["statements"], result["readers"]) == (2, 2, 1)
    assert result["without_finding"] == 1
    (row,) = (row for row in result["classes"]["rows"] if row[0] == "Nodule")
    area = 200 * 100 / (440 * 512) * 100
    assert row[1:4] == ["1", "1", "1"]
    assert row[6] == f"{area:.2f}"


def test_the_page_shows_figures_that_are_served(explored, client) -> None:
    page = client.get(f"/explore/{explored.pk}/").content.decode()
    assert "no reader found anything on 1" in page
    name = explored.result["figures"][0]
    assert f"/explore/{explored.pk}/files/{name}" in page
    figure = client.get(f"/explore/{explored.pk}/files/{name}")
    assert figure["Content-Type"] == "image/png"
    assert b"".join(figure.streaming_content).startswith(b"\x89PNG")
    report = client.get(f"/explore/{explored.pk}/files/report.html")
    assert report["Content-Disposition"].startswith("attachment")
    assert b"<!doctype html>" in b"".join(report.streaming_content)
    assert client.get(f"/explore/{explored.pk}/files/../settings.py").status_code == 404


def test_nobody_is_in_any_file_of_it(explored, clinician) -> None:
    secrets = [clinician.email, clinician.full_name, str(clinician.pk)]
    for patient in Patient.objects.all():
        secrets += [patient.mrn, patient.name, str(patient.pk)]
    for name in explored.result["files"]:
        content = read_bytes(file_key(explored.pk, name))
        assert not [text for text in secrets if text.encode() in content], name


def test_a_withdrawn_consent_ends_the_look_at_a_release(
    signed, researcher, department, client
) -> None:
    client.force_login(researcher)
    exploration = looked_at(client, f"/explore/release/{build(researcher, department).pk}/")
    Patient.objects.filter(mrn="PHANTOM-1").update(research_consent=False)
    assert client.get(f"/explore/{exploration.pk}/").status_code == 410
    name = exploration.result["figures"][0]
    assert client.get(f"/explore/{exploration.pk}/files/{name}").status_code == 410
    address = f"/api/v1/explorations/{exploration.pk}/files/{name}"
    assert client.get(f"{address}/").status_code == 410


def test_a_filter_that_takes_nothing_fails_with_a_code(
    signed, researcher, department, client
) -> None:
    client.force_login(researcher)
    chosen = {"departments": [str(department.pk)], "findings": ["hernia"]}
    exploration = looked_at(client, "/explore/", **chosen)
    assert (exploration.state, exploration.code) == ("FAILED", "nothing_to_explore")


def test_patients_without_consent_are_not_looked_at(signed, researcher, department, client) -> None:
    Patient.objects.filter(mrn="PHANTOM-2").update(research_consent=False)
    client.force_login(researcher)
    exploration = looked_at(client, "/explore/", departments=[str(department.pk)])
    assert exploration.result["images"] == 1


def test_a_program_asks_and_follows(signed, researcher, department, client) -> None:
    client.force_login(researcher)
    answer = client.post("/api/v1/explorations/", {}, content_type="application/json")
    assert answer.status_code == 202
    exploration_run(exploration_id=Exploration.objects.get().pk)
    address = f"/api/v1/explorations/{answer.json()['id']}/"
    said = client.get(address).json()
    assert (said["state"], said["result"]["images"]) == ("DONE", 2)
    figure = client.get(f"{address}files/{said['result']['figures'][0]}/")
    assert figure["Content-Type"] == "image/png"
    assert b"".join(figure.streaming_content).startswith(b"\x89PNG")


def test_another_departments_researcher_sees_none_of_it(explored, client) -> None:
    client.force_login(make_user("researcher", make_department()))
    assert client.get(f"/explore/{explored.pk}/").status_code == 404
    assert client.get("/api/v1/explorations/").json()["results"] == []


def test_a_redelivered_task_changes_nothing(explored) -> None:
    exploration_run(exploration_id=explored.pk)
    again = Exploration.objects.get(pk=explored.pk)
    assert (again.attempts, again.finished_at) == (1, explored.finished_at)


def test_the_command_explores_a_release(signed, researcher, department, tmp_path, capsys) -> None:
    release = build(researcher, department)
    call_command("eda", release=str(release), out=tmp_path / "out", stdout=io.StringIO())
    assert "2 annotations of 2 images" in capsys.readouterr().out
    assert (tmp_path / "out" / "report.html").is_file()
    with pytest.raises(CommandError, match="no release"):
        call_command("eda", release="nothing@1", out=tmp_path / "other")
