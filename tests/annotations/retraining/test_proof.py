"""What changes the model that everyone sees asks first who it is."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from django.test import Client

from cxrportal.accounts.models import AccessEvent
from inference.models import ModelActivation, ModelVersion
from inference.selectors import active_model
from inference.services.registry import model_activate
from tests.annotations.retraining.test_promotion import ended, real_model
from tests.support.people import PASSWORD
from tests.support.second_factors import just_proven, signed_in

pytestmark = pytest.mark.django_db
ASKS = "/accounts/reauthenticate/"
REASON = "Mass is read by the CT service here."


@pytest.fixture
def pair(tmp_path: Path, researcher) -> tuple[ModelVersion, ModelVersion]:
    first = model_activate(model=real_model(tmp_path / "first", "1"))
    return first, real_model(tmp_path / "second", "2")


def decide(client: Client, model: ModelVersion, act: str, **sent):
    return client.post(f"/retraining/models/{model.pk}/{act}/", sent)


def age(client: Client, seconds: float) -> None:
    """As if whoever sits there had proven who they are that long ago."""
    session = client.session
    session["account_authentication_methods"][-1]["at"] = time.time() - seconds
    session.save()


def test_a_promotion_asks_first_and_then_goes_on(pair, admin) -> None:
    ended(pair[1], pair[0], passed=True)
    client = signed_in(Client(), admin)
    answer = decide(client, pair[1], "promote")
    assert answer["Location"].startswith(ASKS)
    assert active_model() == pair[0]
    answer = client.post(answer["Location"], {"password": PASSWORD})
    assert answer["Location"] == f"/retraining/models/{pair[1].pk}/"
    assert active_model() == pair[1]
    assert ModelActivation.objects.first().actor == admin
    assert AccessEvent.objects.filter(verb="administer", detail="promote").count() == 1


def test_an_override_keeps_its_reason_while_it_asks(pair, admin) -> None:
    ended(pair[1], pair[0], passed=False)
    client = signed_in(Client(), admin)
    answer = decide(client, pair[1], "promote", reason=REASON)
    assert active_model() == pair[0]
    client.post(answer["Location"], {"password": PASSWORD})
    row = ModelActivation.objects.first()
    assert (row.kind, row.reason, row.model) == ("override", REASON, pair[1])


def test_a_wrong_password_promotes_nothing(pair, admin) -> None:
    ended(pair[1], pair[0], passed=True)
    client = signed_in(Client(), admin)
    answer = decide(client, pair[1], "promote")
    assert client.post(answer["Location"], {"password": "wrong"}).status_code == 200
    assert active_model() == pair[0]


def test_a_proof_goes_stale(pair, admin, settings) -> None:
    ended(pair[1], pair[0], passed=True)
    client = just_proven(Client(), admin)
    age(client, settings.REAUTHENTICATION_S - 5)
    decide(client, pair[1], "promote")
    assert active_model() == pair[1]
    age(client, settings.REAUTHENTICATION_S + 1)
    answer = decide(client, pair[1], "rollback")
    assert answer["Location"].startswith(ASKS)
    assert active_model() == pair[1]
    client.post(answer["Location"], {"password": PASSWORD})
    assert active_model() == pair[0]


def test_the_admin_action_asks_too(pair, admin) -> None:
    ended(pair[1], pair[0], passed=True)
    client = signed_in(Client(enforce_csrf_checks=True), admin)
    listed = client.get("/admin/inference/modelversion/")
    sent = {
        "action": "activate",
        "_selected_action": [str(pair[1].pk)],
        "csrfmiddlewaretoken": listed.context["csrf_token"],
    }
    answer = client.post("/admin/inference/modelversion/", sent)
    assert answer["Location"].startswith(ASKS)
    assert active_model() == pair[0]
    token = client.get(answer["Location"]).context["csrf_token"]
    answer = client.post(
        answer["Location"], {"password": PASSWORD, "csrfmiddlewaretoken": str(token)}
    )
    assert answer["Location"].startswith("/admin/inference/modelversion/")
    assert active_model() == pair[1]


def test_a_program_is_refused_with_a_code(pair, admin) -> None:
    ended(pair[1], pair[0], passed=True)
    client = signed_in(Client(headers={"Accept": "application/json"}), admin)
    for act in ("promote", "rollback"):
        answer = decide(client, pair[1], act)
        assert (answer.status_code, answer.json()["code"]) == (403, "reauthentication_required")
    assert active_model() == pair[0]


def test_the_shadow_asks_nothing(pair, admin) -> None:
    decide(signed_in(Client(), admin), pair[1], "shadow-on")
    pair[1].refresh_from_db()
    assert pair[1].shadow


def test_the_page_says_whether_it_will_ask(pair, admin) -> None:
    url = f"/retraining/models/{pair[1].pk}/"
    words = "you will be asked who you are"
    assert words in signed_in(Client(), admin).get(url).content.decode()
    assert words not in just_proven(Client(), admin).get(url).content.decode()
