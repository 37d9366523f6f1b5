"""One place moves a case."""

from __future__ import annotations

import pytest

from cases.models import Case, CaseEvent
from cases.workflow import ALLOWED, TransitionRefused, advance, case_advanced
from cxrportal.accounts.models import Department, User
from tests.support.cases import make_case

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(department: Department) -> Case:
    return make_case(department)


@pytest.mark.parametrize("before", list(Case.Status))
@pytest.mark.parametrize("after", list(Case.Status))
def test_only_the_transitions_of_the_table_are_possible(case: Case, before, after) -> None:
    Case.objects.update(status=before)
    if before == after or after in ALLOWED[before]:
        assert advance(case_id=case.pk, to=after).status == after
    else:
        with pytest.raises(TransitionRefused):
            advance(case_id=case.pk, to=after)
    case.refresh_from_db()
    assert case.status == (after if after in {before, *ALLOWED[before]} else before)


def test_a_signed_case_never_goes_back_to_review() -> None:
    assert Case.Status.IN_REVIEW not in ALLOWED[Case.Status.SIGNED]
    assert ALLOWED[Case.Status.AMENDED] == {Case.Status.AMENDED}


def test_each_step_is_written_with_its_actor(case: Case, clinician: User) -> None:
    advance(case_id=case.pk, to=Case.Status.INGESTED, actor=clinician, reason="because")
    event = CaseEvent.objects.get()
    assert (event.from_status, event.to_status) == ("RECEIVED", "INGESTED")
    assert (event.actor, event.reason) == (clinician, "because")


def test_staying_writes_an_event_only_with_a_reason(case: Case) -> None:
    advance(case_id=case.pk, to=case.status)
    assert not CaseEvent.objects.exists()
    advance(case_id=case.pk, to=case.status, reason="image_added")
    assert CaseEvent.objects.get().reason == "image_added"


def test_the_signal_comes_after_commit_and_not_before(
    case: Case, django_capture_on_commit_callbacks
) -> None:
    heard: list[object] = []

    def listen(case_id, **_) -> None:
        heard.append(case_id)

    case_advanced.connect(listen)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            advance(case_id=case.pk, to=Case.Status.INGESTED)
            assert heard == []
        assert set(heard) == {case.pk}
    finally:
        case_advanced.disconnect(listen)


def test_nothing_but_the_workflow_writes_a_status() -> None:
    """Also a rule in tests/rules; here the model's form of it: the field is not editable."""
    assert not Case._meta.get_field("status").editable
