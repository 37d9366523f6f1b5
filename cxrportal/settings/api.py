"""Django REST framework and OpenAPI settings."""

from __future__ import annotations

import re

from django.core.exceptions import ImproperlyConfigured

from cxrportal.settings.base import env


def _rate(name: str, text: str) -> str:
    """``NUMBER/UNIT`` as REST framework reads it. Raises ImproperlyConfigured."""
    if not re.fullmatch(r"[1-9]\d*/(second|minute|hour|day)", text):
        raise ImproperlyConfigured(f'{name} is "NUMBER/second", "/minute", "/hour" or "/day".')
    return text


REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "cxrportal.accounts.tokens.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["cxrportal.accounts.permissions.IsApproved"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "rest_framework.parsers.JSONParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_PAGINATION_CLASS": "cxrportal.common.api.KeysetPagination",
    "PAGE_SIZE": 50,
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "cxrportal.common.api.exception_handler",
    "DEFAULT_THROTTLE_CLASSES": [
        "rest_framework.throttling.AnonRateThrottle",
        "rest_framework.throttling.UserRateThrottle",
    ],
    "DEFAULT_THROTTLE_RATES": {
        "anon": "60/min",
        "user": "3000/min",
        # by person and kind of work: each costs a worker minutes
        "release": _rate("THROTTLE_RELEASE", env.str("THROTTLE_RELEASE", "30/hour")),
        "import": _rate("THROTTLE_IMPORT", env.str("THROTTLE_IMPORT", "60/hour")),
        "exploration": _rate("THROTTLE_EXPLORATION", env.str("THROTTLE_EXPLORATION", "60/hour")),
        "extraction": _rate("THROTTLE_EXTRACTION", env.str("THROTTLE_EXTRACTION", "30/hour")),
        "training": _rate("THROTTLE_TRAINING", env.str("THROTTLE_TRAINING", "30/hour")),
        "try": _rate("THROTTLE_TRY", env.str("THROTTLE_TRY", "20/minute")),
    },
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "CXR Portal API",
    "DESCRIPTION": "Patients, cases, uploads, analyses, findings, reports, releases, trainings "
    "and models. The same access rules as in the browser. Not for diagnosis without a clinician.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "SERVE_PERMISSIONS": ["cxrportal.accounts.permissions.IsApproved"],
}
