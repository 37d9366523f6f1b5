"""The agreement page: who sees it, whom it names, and what its numbers are."""

from __future__ import annotations

import csv
from datetime import timedelta
from io import StringIO

import pytest
from django.test import Client
from django.utils import timezone

from annotations.agreement.selectors import AgreementQuery, agreement_data, scope_of
from annotations.models import CommittedRead, Finding, Review
from cases.models import Case
from cxrportal.accounts.models import AccessEvent, Department, User
from tests.support.cases import make_readable_case, make_review
from tests.support.people import make_department, make_user
from tests.support.reads import make_adjudicator
from tests.support.second_factors import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def readers(department: Department) -> tuple[User, User]:
    first = make_user("clinician", department, full_name="=Ada Reader")
    return first, make_user("clinician", department, full_name="Ben Second")


def read(case: Case, reader: User, *labels: str, **fields: object) -> Review:
    defaults = {"state": "COMPLETED", "completed_at": timezone.now()}
    review = make_review(case, reader, **(defaults | fields))
    image = case.images.get()
    for label in labels:
        Finding.objects.create(
            case=case, image=image, review=review, decision="DRAWN", label=label,
            x_min=10, y_min=10, x_max=30, y_max=30,
        )  # fmt: skip
    return review


def read_often(department: Department, readers: tuple[User, User]) -> None:
    """24 cases: 12 times both a nodule, 6 times the first alone, 6 times neither."""
    for number in range(24):
        case = make_readable_case(department)
        read(case, readers[0], *["nodule"] * (number < 18))
        read(case, readers[1], *["nodule"] * (number < 12))


def rows_of(client: Client, address: str = "/agreement/csv/") -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(client.get(address).content.decode())))


def test_adjudicators_researchers_and_admins_see_it_and_others_not(
    department, clinician, researcher, admin, stranger
) -> None:
    for user in (make_adjudicator(department), researcher, admin):
        assert signed_in(Client(), user).get("/agreement/").status_code == 200
    for user in (clinician, stranger):
        assert signed_in(Client(), user).get("/agreement/").status_code == 404
        assert signed_in(Client(), user).get("/agreement/csv/").status_code == 404


def test_each_sees_their_own_departments(department, readers, researcher, admin) -> None:
    elsewhere = make_department("Elsewhere")
    read(make_readable_case(elsewhere), make_user("clinician", elsewhere), "mass")
    read(make_readable_case(department), readers[0], "nodule")
    assert [d.name for d in scope_of(researcher).departments] == ["Radiology"]
    assert [d.name for d in scope_of(admin).departments] == ["Elsewhere", "Radiology"]
    assert agreement_data(scope_of(researcher), AgreementQuery()).reads == 1
    asked = AgreementQuery(department=elsewhere.pk)
    assert agreement_data(scope_of(researcher), asked).reads == 0
    assert agreement_data(scope_of(admin), asked).reads == 1


def test_a_researcher_learns_no_reader_and_no_patient(department, readers, researcher) -> None:
    read_often(department, readers)
    case = Case.objects.filter(department=department).first()
    assert case is not None
    client = signed_in(Client(), researcher)
    for address in ("/agreement/", "/agreement/csv/"):
        said = client.get(address).content.decode()
        assert "Reader 1" in said
        for secret in (*map(str, readers), readers[0].email, str(readers[0].pk), case.patient.name):
            assert secret not in said
    named = signed_in(Client(), make_adjudicator(department)).get("/agreement/").content.decode()
    assert "Ben Second" in named


def test_the_csv_holds_the_numbers_and_no_formula(department, readers) -> None:
    read_often(department, readers)
    rows = rows_of(signed_in(Client(), make_adjudicator(department)))
    kappa = next(r for r in rows if r["table"] == "readers" and r["finding"] == "Nodule")
    # 12 both, 6 the first alone, 6 neither: observed 0.75, expected 0.75*0.5 + 0.25*0.5 = 0.5
    assert (kappa["statistic"], kappa["cases"], kappa["value"]) == ("Cohen kappa", "24", "0.5")
    assert float(kappa["low"]) < 0.5 < float(kappa["high"])
    assert (kappa["count"], kappa["out_of"]) == ("30", "48")
    f1 = next(r for r in rows if r["statistic"] == "F1 at IoU 0.4" and r["finding"] == "Nodule")
    # 12 pairs match, but only 18 cases have a box: too few for an interval
    assert (f1["cases"], f1["value"], f1["count"]) == ("18", "", "12")
    ada = next(r for r in rows if r["table"] == "counts" and "Ada" in r["reader"])
    assert (ada["reader"], ada["count"], ada["out_of"]) == ("'=Ada Reader", "18", "24")
    assert AccessEvent.objects.filter(verb="export", target_type="agreement").exists()


def test_few_cases_are_said_to_be_few(department, readers) -> None:
    case = make_readable_case(department)
    for reader in readers:
        read(case, reader, "nodule")
    client = signed_in(Client(), make_adjudicator(department))
    said = client.get("/agreement/").content.decode()
    assert "too few cases (fewer than 20)" in said
    assert rows_of(client)[0]["value"] == ""


def test_nothing_read_is_said_so(department) -> None:
    client = signed_in(Client(), make_adjudicator(department))
    assert "No completed reads" in client.get("/agreement/").content.decode()


def test_a_blind_read_counts_as_it_was_committed(department, readers) -> None:
    case = make_readable_case(department)
    review = read(case, readers[0], "nodule")
    CommittedRead.objects.create(review=review, findings=[], no_finding=True)
    adjudicator = make_adjudicator(department)
    data = agreement_data(scope_of(adjudicator), AgreementQuery())
    (one,) = data.cases[0].reads
    assert (one.labels, data.blind) == (frozenset(), 1)
    assert one.changes is not None
    assert [change.kind.value for change in one.changes.findings] == ["added"]


def test_open_reads_amendments_and_old_reads_do_not_count(department, readers) -> None:
    case = make_readable_case(department)
    read(case, readers[0], "nodule", state="OPEN", completed_at=None)
    old = timezone.now() - timedelta(days=400)
    read(case, readers[1], "nodule", completed_at=old)
    read(make_readable_case(department), readers[1], kind=Review.Kind.CONSENSUS)
    scope = scope_of(make_adjudicator(department))
    assert agreement_data(scope, AgreementQuery()).reads == 0
    assert agreement_data(scope, AgreementQuery(days=None)).reads == 1


def test_proposals_and_what_was_decided_of_them(department, readers) -> None:
    case = make_readable_case(department)
    review = read(case, readers[0])
    proposal = Finding.objects.proposed().get(label="effusion")
    Finding.objects.create(
        case=case, image=proposal.image, review=review, proposal=proposal,
        decision="REJECTED", label="effusion",
    )  # fmt: skip
    data = agreement_data(scope_of(make_adjudicator(department)), AgreementQuery())
    decided = {one.label: one.decision for one in data.cases[0].decided}
    assert decided == {"effusion": "REJECTED", "cardiomegaly": ""}
    (model,) = data.cases[0].models
    assert model.proposed == {"effusion", "cardiomegaly"}
    assert "atelectasis" in model.known


def test_a_pair_of_readers_is_chosen_by_number(department, readers) -> None:
    third = make_user("clinician", department)
    for number in range(20):
        case = make_readable_case(department)
        for reader in (*readers, third)[: 2 + number % 2]:
            read(case, reader, *["nodule"] * (number < 10))
    client = signed_in(Client(), make_adjudicator(department))
    keys = sorted(str(user.pk) for user in (*readers, third))
    chosen = [keys.index(str(reader.pk)) for reader in readers]
    assert rows_of(client)[0]["statistic"] == "Fleiss kappa"
    pair = f"/agreement/csv/?first={chosen[0]}&second={chosen[1]}"
    assert rows_of(client, pair)[0]["statistic"] == "Cohen kappa"
    for bad in ("first=9&second=1", "first=1&second=1", "first=x", "period=x&department=1"):
        assert client.get(f"/agreement/?{bad}").status_code == 200


def test_the_number_of_queries_does_not_grow(
    department, readers, django_assert_max_num_queries
) -> None:
    read_often(department, readers)
    scope = scope_of(make_adjudicator(department))
    with django_assert_max_num_queries(5):
        agreement_data(scope, AgreementQuery())
