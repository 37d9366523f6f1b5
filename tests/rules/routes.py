"""Every route of the portal: name and the methods that its view answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from django.views.generic.edit import ProcessFormView

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
# Django's admin has a redirect for old addresses and a page "not found", both without a name.
UNNAMED_ADMIN = {"RedirectView", "catch_all_view"}


@dataclass(frozen=True, slots=True, order=True)
class Route:
    """One name and one method; ``pattern`` only helps a person to find it."""

    name: str
    method: str
    pattern: str


def routes() -> list[Route]:
    """Raises ValueError for a pattern without a name: nothing could be said about it."""
    return sorted(set(_walk(get_resolver().url_patterns, "", "")))


def _walk(patterns: list[Any], prefix: str, namespace: str) -> Iterator[Route]:
    for pattern in patterns:
        where = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _walk(pattern.url_patterns, where, inner)
        elif pattern.name:
            name = f"{namespace}{pattern.name}"
            yield from (Route(name, method, where) for method in _methods(pattern))
        elif not (namespace == "admin:" and _view_name(pattern) in UNNAMED_ADMIN):
            raise ValueError(f"the pattern {where!r} has no name")


def _view_name(pattern: URLPattern) -> str:
    view = getattr(pattern.callback, "view_class", pattern.callback)
    return getattr(view, "__name__", type(view).__name__)


def _methods(pattern: URLPattern) -> list[str]:
    """What the view implements; a plain function may do anything on GET and POST."""
    actions = getattr(pattern.callback, "actions", None)  # a viewset
    if actions:
        return [m for m in METHODS if m.lower() in actions]
    view = getattr(pattern.callback, "view_class", None) or getattr(pattern.callback, "cls", None)
    if view is None:
        return ["GET", "POST"]
    allowed = [m for m in METHODS if m.lower() in view.http_method_names]
    found = [m for m in allowed if hasattr(view, m.lower())]
    if issubclass(view, ProcessFormView) and "PUT" in found:
        found.remove("PUT")  # Django's form views answer PUT as POST
    return found
