"""A row of work is done once, by one worker, whatever dies in between."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from cases.models import Image
from cxrportal.accounts.models import Department
from cxrportal.common.errors import PortalError
from cxrportal.common.leases import LeaseLost, carry_out, exhausted, held_lease
from tests.support.cases import make_case, make_image

pytestmark = [pytest.mark.django_db, pytest.mark.services]


@pytest.fixture
def image(department: Department) -> Image:
    return make_image(make_case(department), state=Image.State.WAITING)


def images():
    return Image.objects.all()


def test_only_one_of_two_workers_claims_a_row(image: Image) -> None:
    assert images().claim(image.pk) is not None
    assert images().claim(image.pk) is None


def test_an_expired_lease_is_due_and_can_be_claimed_again(image: Image) -> None:
    first = images().claim(image.pk)
    assert list(images().due()) == []
    Image.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert list(images().due()) == [image]
    second = images().claim(image.pk)
    assert second is not None
    assert second != first


def test_a_worker_that_lost_its_lease_may_not_write_its_result(image: Image) -> None:
    slow = images().claim(image.pk)
    Image.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    images().claim(image.pk)
    assert slow is not None
    with pytest.raises(LeaseLost):
        images().finish(image.pk, slow, display_key="of-the-slow-one")
    image.refresh_from_db()
    assert image.display_key == ""
    assert image.state == Image.State.RUNNING


def test_a_finished_row_is_neither_due_nor_claimable(image: Image) -> None:
    token = images().claim(image.pk)
    assert token is not None
    images().finish(image.pk, token)
    image.refresh_from_db()
    assert (image.state, image.lease_token) == (Image.State.DONE, None)
    assert images().claim(image.pk) is None
    assert list(images().due()) == []


def test_a_failure_keeps_its_code_and_message(image: Image) -> None:
    token = images().claim(image.pk)
    assert token is not None
    images().fail(image.pk, token, PortalError("It broke.", code="broken"))
    image.refresh_from_db()
    assert (image.state, image.code, image.message) == ("FAILED", "broken", "It broke.")


def test_a_nudged_row_is_due_again_only_after_a_lease(image: Image, settings) -> None:
    Image.objects.update(nudged_at=timezone.now())
    assert list(images().due()) == []
    stale = timezone.now() - timedelta(seconds=settings.LEASE_S + 1)
    Image.objects.update(nudged_at=stale)
    assert list(images().due()) == [image]


def test_a_row_that_keeps_killing_its_worker_fails_with_a_code(image: Image, settings) -> None:
    Image.objects.update(attempts=settings.MAX_ATTEMPTS)
    token = images().claim(image.pk)
    assert token is not None
    assert exhausted(images(), image.pk, token)
    image.refresh_from_db()
    assert (image.state, image.code) == ("FAILED", "attempts_exhausted")


def test_a_row_within_its_attempts_is_worked_on(image: Image) -> None:
    token = images().claim(image.pk)
    assert token is not None
    assert not exhausted(images(), image.pk, token)


def test_renewing_moves_the_lease_and_fails_for_a_stranger(image: Image) -> None:
    token = images().claim(image.pk)
    assert token is not None
    Image.objects.update(lease_until=timezone.now())
    assert images().renew(image.pk, token)
    image.refresh_from_db()
    assert image.lease_until is not None
    assert image.lease_until > timezone.now() + timedelta(seconds=1)
    assert not images().renew(image.pk, uuid.uuid4())


@pytest.mark.django_db(transaction=True)
def test_the_heartbeat_keeps_the_lease_while_work_runs(image: Image, settings) -> None:
    settings.HEARTBEAT_S = 0.05
    token = images().claim(image.pk)
    assert token is not None
    Image.objects.update(lease_until=timezone.now())
    with held_lease(images(), image.pk, token) as lost:
        deadline = timezone.now() + timedelta(seconds=10)
        while timezone.now() < deadline:
            image.refresh_from_db()
            if image.lease_until and image.lease_until > timezone.now() + timedelta(seconds=1):
                break
        assert not lost.is_set()
    assert image.lease_until is not None
    assert image.lease_until > timezone.now() + timedelta(seconds=1)


@pytest.mark.django_db(transaction=True)
def test_the_heartbeat_tells_when_the_lease_was_taken(image: Image, settings) -> None:
    settings.HEARTBEAT_S = 0.05
    token = images().claim(image.pk)
    assert token is not None
    Image.objects.update(lease_token=uuid.uuid4())
    with held_lease(images(), image.pk, token) as lost:
        assert lost.wait(10)


class Unfit(PortalError):
    code = "unfit"
    default_message = "It does not fit."


def taken_over(failure: type[PortalError] | None):
    """Work during which the lease runs out and another worker claims the row."""

    def work(token, lost):
        Image.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        assert images().claim(Image.objects.get().pk) is not None
        if failure:
            raise failure
        return {"display_key": "of-the-slow-one"}

    return work


def test_work_is_carried_out_once(image: Image) -> None:
    assert carry_out(images(), image.pk, lambda token, lost: {"display_key": "first"})
    assert not carry_out(images(), image.pk, lambda token, lost: {"display_key": "second"})
    image.refresh_from_db()
    assert (image.state, image.display_key, image.attempts) == ("DONE", "first", 1)
    assert (image.lease_token, image.lease_until) == (None, None)


def test_an_expected_failure_closes_the_row_with_its_code(image: Image) -> None:
    def work(token, lost):
        raise Unfit

    assert not carry_out(images(), image.pk, work)
    image.refresh_from_db()
    assert (image.state, image.code, image.message) == ("FAILED", "unfit", "It does not fit.")


@pytest.mark.parametrize("failure", [None, Unfit, LeaseLost])
def test_work_that_was_taken_over_writes_nothing(image: Image, failure) -> None:
    assert not carry_out(images(), image.pk, taken_over(failure))
    image.refresh_from_db()
    assert (image.state, image.code, image.display_key) == ("RUNNING", "", "")


def test_work_that_took_its_workers_down_is_not_begun_again(image: Image, settings) -> None:
    Image.objects.update(attempts=settings.MAX_ATTEMPTS)
    assert not carry_out(images(), image.pk, lambda token, lost: pytest.fail("begun"))
    image.refresh_from_db()
    assert (image.state, image.code) == ("FAILED", "attempts_exhausted")
