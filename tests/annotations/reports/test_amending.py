"""A reader whose case was signed by another meanwhile signs nothing without knowing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import close_old_connections
from django.urls import reverse

from annotations.adjudication.services import adjudication_open
from annotations.errors import NotAmendable, NotCommittable, NotSignable, SignedMeanwhile
from annotations.models import Review, SignedReport
from annotations.reading.services.reviews import review_update
from annotations.reports.amending import late_read, late_read_end, report_amend
from annotations.reports.changes import report_changes
from annotations.reports.services import report_sign
from annotations.selectors import unsigned_consensus
from cases.models import Case
from cases.reports.content import ReportContent
from cxrportal.accounts.models import AccessEvent, User
from tests.support.people import PASSWORD, make_department, make_user
from tests.support.readings import decide, read_case
from tests.support.reads import begin, commit, complete, make_adjudicator

pytestmark = pytest.mark.django_db
BOX = (10.0, 10.0, 90.0, 90.0)


def sign_now(review: Review) -> SignedReport:
    review.refresh_from_db()
    return report_sign(review=review, reader=review.reader, version=review.version)


@pytest.fixture
def second(department) -> User:
    return make_user("clinician", department, full_name="Dr Second")


@pytest.fixture
def case(department, clinician) -> Case:
    return read_case(department, clinician)


@pytest.fixture
def late(case, clinician, second) -> Review:
    """The second reader's open read, with a nodule, of a case that the first has signed."""
    review = begin(case, second, ("nodule", BOX))
    sign_now(begin(case, clinician))
    return review


def test_the_second_signature_is_refused_and_names_the_first(case, late, clinician) -> None:
    with pytest.raises(SignedMeanwhile) as refused:
        sign_now(late)
    assert refused.value.code == "signed_meanwhile"
    assert str(clinician) in refused.value.message
    assert SignedReport.objects.filter(case=case).count() == 1
    assert Case.objects.get(pk=case.pk).status == Case.Status.SIGNED
    late.refresh_from_db()
    assert (late.state, late.findings.count()) == (Review.State.OPEN, 1)


def test_the_amendment_starts_from_the_signed_report_and_the_read_is_kept(
    case, late, second
) -> None:
    amendment = report_amend(case=case, reader=second, reason="A nodule, I think.")
    assert (amendment.amends, amendment.no_finding) == (SignedReport.objects.get(), True)
    assert not amendment.findings.exists()
    late.refresh_from_db()
    assert (late.state, late.amends, late.findings.get().label) == ("COMPLETED", None, "nodule")


def test_the_amendment_may_start_from_the_own_read(case, late, second) -> None:
    review_update(review=late, reader=second, version=late.version, impression="Nodule.")
    amendment = report_amend(case=case, reader=second, reason="A nodule.", from_own=True)
    assert amendment.findings.get().label == "nodule"
    assert (amendment.impression, amendment.no_finding) == ("Nodule.", False)
    report = sign_now(amendment)
    assert (report.version, report.content["amendment_reason"]) == (2, "A nodule.")
    late.refresh_from_db()
    assert late.findings.get().pk != amendment.findings.get().pk


def test_an_amendment_without_a_reason_leaves_the_read_open(case, late, second) -> None:
    with pytest.raises(NotAmendable):
        report_amend(case=case, reader=second, reason=" ", from_own=True)
    late.refresh_from_db()
    assert late.state == Review.State.OPEN


def test_a_read_is_kept_unsigned_and_one_that_holds_nothing_goes(
    case, late, department, clinician
) -> None:
    third = make_user("clinician", department)
    bare = Review.objects.create(case=case, reader=third)
    for review in (late, bare):
        late_read_end(review=review, reader=review.reader, version=review.version)
    late.refresh_from_db()
    assert late.state == Review.State.COMPLETED
    assert not Review.objects.filter(pk=bare.pk).exists()
    assert SignedReport.objects.count() == 1


def test_a_read_of_an_unsigned_case_is_not_ended_this_way(case, clinician) -> None:
    review = begin(case, clinician, ("nodule", BOX))
    with pytest.raises(NotCommittable) as refused:
        late_read_end(review=review, reader=clinician, version=review.version)
    assert refused.value.code == "not_signed"


def test_the_first_reader_may_amend_while_the_second_still_reads(case, late, clinician) -> None:
    amendment = report_amend(case=case, reader=clinician, reason="Side.")
    decide(amendment, label="effusion")
    assert sign_now(amendment).version == 2
    with pytest.raises(SignedMeanwhile) as refused:
        sign_now(late)
    assert "version 2" in refused.value.message


def test_starting_from_no_read_is_refused(case, late, clinician) -> None:
    with pytest.raises(NotAmendable) as refused:
        report_amend(case=case, reader=clinician, reason="Mine.", from_own=True)
    assert refused.value.code == "no_own_read"


def test_a_blind_reader_commits_before_the_signed_report_is_shown(client) -> None:
    blind = make_department("Blind", blind_reads=True)
    first, second = make_user("clinician", blind), make_user("clinician", blind)
    case = read_case(blind, first)
    late = begin(case, second, ("nodule", BOX))
    signed = begin(case, first, ("mass", BOX))
    commit(signed)
    sign_now(signed)
    with pytest.raises(NotAmendable) as refused:
        report_amend(case=case, reader=second, reason="Nodule.")
    assert refused.value.code == "own_read_open"
    client.force_login(second)
    page = client.get(reverse("reports:amend", args=[case.pk])).content.decode()
    assert str(first) in page
    assert "commit or complete your read" in page
    assert "Mass" not in page
    commit(late)
    page = client.get(reverse("reports:amend", args=[case.pk])).content.decode()
    assert "Mass" in page
    assert report_amend(case=case, reader=second, reason="Nodule.").findings.get().label == "mass"


def test_the_agreed_consensus_waits_while_an_adjudicator_settles_the_case() -> None:
    twice = make_department("Twice", reads_per_case=2)
    readers = [make_user("clinician", twice) for _ in range(2)]
    case = read_case(twice, readers[0])
    for reader in readers:
        complete(case, reader, ("nodule", BOX))
    settling = adjudication_open(case=case, reader=make_adjudicator(twice))
    consensus = unsigned_consensus(readers[1], case)
    assert consensus is not None
    with pytest.raises(NotSignable) as refused:
        sign_now(consensus)
    assert refused.value.code == "being_settled"
    assert sign_now(settling).version == 1


class TestPages:
    @pytest.fixture
    def page(self, client, second):
        client.force_login(second)
        return client

    def test_signing_leads_to_the_choice_and_signs_nothing(
        self, page, case, late, clinician
    ) -> None:
        amend = reverse("reports:amend", args=[case.pk])
        sign = reverse("reports:sign", args=[case.pk])
        assert page.get(sign).headers["Location"] == amend
        answer = page.post(sign, {"password": PASSWORD, "version": late.version}, follow=True)
        said = answer.content.decode()
        assert f"{clinician} signed version 1" in said
        assert "How your read differs" in said
        assert "Nodule" in said
        assert SignedReport.objects.count() == 1

    def test_the_reading_room_says_so(self, page, case, late, clinician) -> None:
        room = page.get(reverse("reading:room", args=[case.pk])).content.decode()
        assert f"{clinician} has signed version 1" in room
        reading = page.get(f"/api/v1/cases/{case.pk}/reading/").json()
        assert reading["read"]["signed_meanwhile"]["signed_by"] == str(clinician)
        assert not reading["may"]["sign"]

    def test_the_read_is_kept_by_a_button_and_by_the_api(
        self, page, client, case, late, clinician, department
    ) -> None:
        keep = reverse("reports:keep", args=[case.pk])
        assert page.post(keep, {"version": late.version + 1}).status_code == 302
        late.refresh_from_db()
        assert late.state == Review.State.OPEN
        answer = page.post(
            f"/api/v1/cases/{case.pk}/complete/", {"version": late.version}, "application/json"
        )
        assert answer.status_code == 200, answer.content
        assert page.post(keep, {"version": late.version}).status_code == 404
        late.refresh_from_db()
        assert late.state == Review.State.COMPLETED

    def test_the_amendment_shows_what_it_changes(self, page, case, late, second) -> None:
        amend = reverse("reports:amend", args=[case.pk])
        form = {"start": "own", "reason": "A nodule.", "version": late.version}
        assert page.post(amend, form | {"version": late.version + 1}).status_code == 409
        assert page.post(amend, form).status_code == 302
        shown = page.get(reverse("reports:sign", args=[case.pk])).content.decode()
        assert "What this amendment changes" in shown
        assert "Nodule" in shown
        sign_now(late_amendment := Review.objects.get(case=case, state="OPEN"))
        assert late_amendment.amendment_reason == "A nodule."
        listed = page.get(reverse("reports:latest", args=[case.pk])).content.decode()
        assert "What it changed" in listed
        assert AccessEvent.objects.filter(detail="amendment", actor=second).exists()
        assert late_read(second, case) is None


def test_changes_name_what_was_added_removed_and_reworded(case, clinician) -> None:
    review = begin(case, clinician, ("nodule", BOX), ("effusion", None))
    first = ReportContent.from_json(sign_now(review).content)
    amendment = report_amend(case=case, reader=clinician, reason="Again.")
    assert report_changes(first, first) == ()
    amendment.findings.filter(label="effusion").delete()
    amendment.findings.filter(label="nodule").update(laterality="L", comment="Round.")
    decide(amendment, label="mass")
    second = ReportContent.from_json(sign_now(amendment).content)
    rows = {row.what: (row.before, row.after) for row in report_changes(first, second)}
    assert rows["Nodule"] == ("certain", "certain, left, Round.")
    assert rows["Pleural effusion"] == ("certain", "")
    assert rows["Mass"] == ("", "certain")


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_of_two_signatures_at_once_one_is_refused(department, clinician) -> None:
    case = read_case(department, clinician)
    Case.objects.filter(pk=case.pk).update(status=Case.Status.PROPOSED)  # no worker runs here
    case.refresh_from_db()
    readers = (clinician, make_user("clinician", department))
    reviews = [begin(case, reader, ("nodule", BOX)) for reader in readers]
    together = Barrier(2)

    def attempt(review: Review) -> str:
        close_old_connections()
        together.wait(30)
        try:
            return f"version {sign_now(review).version}"
        except SignedMeanwhile as refusal:
            return refusal.code
        finally:
            close_old_connections()

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(attempt, reviews))
    assert outcomes == ["signed_meanwhile", "version 1"]
    assert SignedReport.objects.get().version == 1
