"""Every route x method x role answers as the table says; a route without a row fails."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.http import HttpResponse
from django.urls import reverse

from tests.rules.access_row import Row
from tests.rules.access_table import TABLE, row_of
from tests.rules.access_world import ROLES, World, arguments
from tests.rules.routes import Route, routes

ROUTES = routes()
SIGN_IN = "/accounts/login/"


def answer(world: World, role: str, route: Route, row: Row) -> str:
    """The status, or ``login``; what the request wrote is rolled back."""
    cache.clear()
    path = reverse(route.name, kwargs=arguments(world, row.arguments, route.name))
    is_data = path.startswith("/api/")
    send: dict[str, Any] = {
        "headers": {"Accept": "application/json, */*" if is_data else "text/html"}
    }
    if route.method in {"GET", "DELETE"}:
        send["query_params"] = row.data
    else:
        send |= {"data": row.data} | ({"content_type": "application/json"} if is_data else {})
    client = world.client(role)
    with transaction.atomic():
        response = getattr(client, route.method.lower())(path, **send)
        if _leads_to(response, reverse("admin:login")):
            response = client.get(response["Location"])
        if response.streaming:
            list(response.streaming_content)  # read to its end, so that its file is closed
        transaction.set_rollback(True)
    return "login" if _leads_to(response, SIGN_IN) else str(response.status_code)


def _leads_to(response: HttpResponse, path: str) -> bool:
    return 300 <= response.status_code < 400 and response["Location"].split("?")[0] == path


@pytest.mark.django_db
@pytest.mark.parametrize("route", ROUTES, ids=lambda r: f"{r.name}-{r.method}")
def test_every_route_answers_each_role_as_the_table_says(world: World, route: Route) -> None:
    row = row_of(route)
    assert row is not None, (
        f"{route.name} {route.method} ({route.pattern}) has no row in tests/rules/access_table.py"
    )
    answers = {role: answer(world, role, route, row) for role in ROLES}
    expected = dict(zip(ROLES, row.expected, strict=True))
    wrong = {role: a for role, a in answers.items() if a not in expected[role].split("|")}
    assert not wrong, f"expected {expected}"


def test_every_row_is_about_a_route() -> None:
    idle = [f"{r.name} {r.method}" for r in TABLE if not any(r.matches(route) for route in ROUTES)]
    assert idle == []


def test_no_route_has_two_rows() -> None:
    counts = Counter((r.name, r.method) for r in TABLE)
    assert [key for key, count in counts.items() if count > 1] == []
