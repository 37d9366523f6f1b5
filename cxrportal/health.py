"""Whether this process can do its work. Load balancers ask, so it says little, without a login."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from inference.selectors import active_model
from inference.services.lungs import lungs_verify
from inference.services.registry import model_verify


@never_cache
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """200 when the database answers and the files of model, lungs and gate are whole, else 503."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        model = active_model()
    except DatabaseError:
        return JsonResponse({"status": "red", "code": "database_unavailable"}, status=503)
    code = "model_unavailable" if model is None else model_verify(model=model) or lungs_verify()
    if code:
        return JsonResponse({"status": "red", "code": code}, status=503)
    return JsonResponse({"status": "ok"})
