"""One row of the access table: a route, its arguments and the answer for each role."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from tests.rules.access_world import ROLES
from tests.rules.routes import Route


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    method: str
    arguments: str
    expected: tuple[str, ...]
    data: dict[str, Any]

    def matches(self, route: Route) -> bool:
        return route.method == self.method and fnmatchcase(route.name, self.name)


def row(name: str, method: str, arguments: str, expected: str, **data: Any) -> Row:
    answers = tuple(expected.split())
    assert len(answers) == len(ROLES), f"{name} {method}: five answers, one a role"
    return Row(name, method, arguments, answers, data)
