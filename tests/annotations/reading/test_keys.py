"""A reader's own keys: kept with the account, refused where they would lock somebody out."""

from __future__ import annotations

import json
import re
from html import unescape

import pytest
from django.test import Client
from rest_framework.test import APIClient

from annotations.models import ReadingKeys
from annotations.reading.services.keys import InvalidKeys, keys_save
from cxrportal.accounts.models import User
from tests.support.cases import make_readable_case
from tests.support.people import make_user
from tests.support.second_factors import signed_in

pytestmark = pytest.mark.django_db
WHERE = "/api/v1/reading-keys/"


def api(user: User) -> APIClient:
    client = APIClient()
    client.force_login(user)
    return client


def test_who_changed_nothing_has_the_usual_keys(clinician) -> None:
    assert api(clinician).get(WHERE).json() == {"keys": {}, "single_keys": True}


def test_keys_are_kept_replaced_and_reset_and_are_nobody_elses(clinician, department) -> None:
    client = api(clinician)
    first = {"keys": {"fit": "Q", "zoom:in": "+"}, "single_keys": True}
    second = {"keys": {"fit": "Ctrl+Alt+Shift+F"}, "single_keys": False}
    for body in (first, second):
        assert client.put(WHERE, body, format="json").json() == body
        assert client.get(WHERE).json() == body
    assert api(make_user("clinician", department)).get(WHERE).json()["keys"] == {}
    client.put(WHERE, {"keys": {}, "single_keys": True}, format="json")
    assert ReadingKeys.objects.get(user=clinician).keys == {}


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ({"fit": "Q", "invert": "Q"}, "key_taken"),
        ({"fit": "Escape"}, "key_reserved"),
        ({"fit": "Shift+Tab"}, "key_reserved"),
        ({"fit": "Enter"}, "key_reserved"),
        ({"fit": "?"}, "key_reserved"),
        ({"fit": "Ctrl+ArrowLeft"}, "key_reserved"),
        ({"fit": ""}, "key_reserved"),
        ({"fit": "<script>"}, "key_reserved"),
        ({"escape": "Q"}, "invalid_keys"),
        ({"sheet": "Q"}, "invalid_keys"),
        ({"Not an action": "Q"}, "invalid_keys"),
        ({f"a{n}": "Q" for n in range(121)}, "invalid_keys"),
    ],
)
def test_keys_that_would_lock_somebody_out_are_refused(clinician, keys, code) -> None:
    with pytest.raises(InvalidKeys) as caught:
        keys_save(user=clinician, keys=keys, single_keys=True)
    assert caught.value.code == code
    assert not ReadingKeys.objects.exists()


def test_the_reading_room_opens_with_the_readers_keys(clinician, department) -> None:
    keys_save(user=clinician, keys={"accept": '"'}, single_keys=False)
    case = make_readable_case(department)
    page = signed_in(Client(), clinician).get(f"/reading/{case.pk}/").content.decode()
    told = re.search(r'data-keys="([^"]*)"', page)
    assert told is not None
    assert json.loads(unescape(told[1])) == {"keys": {"accept": '"'}, "single_keys": False}
