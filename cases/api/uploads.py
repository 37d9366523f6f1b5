"""Files in: one request a file; a ZIP answers with one result an entry."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import Http404
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from cases.dicom import archive
from cases.dicom.reader import sniff
from cases.dicom.types import FileKind
from cases.models import Case
from cases.services.ingest import decode_limits
from cases.services.upload import Accepted, UploadRequest, upload_accept
from cxrportal.accounts.audit import Verb, record_access
from cxrportal.accounts.models import ApiToken, Department, User
from cxrportal.accounts.permissions import CLINICIAN, IsClinician, department_ids
from cxrportal.common.errors import PortalError
from patients.models import Patient


class FileTooLarge(PortalError):
    code = "file_too_large"
    http_status = 413
    default_message = "The file is larger than this server accepts."


class DepartmentNeeded(PortalError):
    code = "department_needed"
    http_status = 400
    default_message = "You work in several departments: say which one this file is for."


class UploadSerializer(serializers.Serializer[Any]):
    """What comes in."""

    file = serializers.FileField(allow_empty_file=True)
    department = serializers.UUIDField(required=False)
    patient = serializers.UUIDField(required=False)
    case = serializers.UUIDField(required=False)


class UploadResultSerializer(serializers.Serializer[Any]):
    """What became of one file."""

    file_name = serializers.CharField()
    outcome = serializers.ChoiceField(choices=("accepted", "duplicate", "refused"))
    code = serializers.CharField(allow_blank=True)
    message = serializers.CharField(allow_blank=True)
    warnings = serializers.ListField(child=serializers.DictField())
    image = serializers.UUIDField(allow_null=True)
    case = serializers.UUIDField(allow_null=True)
    case_url = serializers.CharField(allow_blank=True)
    patient = serializers.DictField(allow_null=True)


class UploadView(APIView):
    """Accept one DICOM, PNG or JPEG file, or a ZIP of them."""

    permission_classes = [IsClinician]
    parser_classes = [MultiPartParser]
    token_scope = ApiToken.Scope.UPLOAD

    @extend_schema(
        request={"multipart/form-data": UploadSerializer},
        responses={
            201: OpenApiResponse(UploadResultSerializer(many=True), "Stored"),
            200: OpenApiResponse(UploadResultSerializer(many=True), "Was here already"),
            400: OpenApiResponse(description="Refused: {code, message}; nothing is stored"),
        },
    )
    def post(self, request: Request) -> Response:
        form = UploadSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        sent = form.validated_data["file"]
        if sent.size > settings.MAX_UPLOAD_BYTES:
            raise FileTooLarge
        target = _target(request.user, form.validated_data)
        with tempfile.TemporaryDirectory(
            prefix="upload-", dir=settings.FILE_UPLOAD_TEMP_DIR
        ) as folder:
            path = Path(folder, "received")
            with path.open("wb") as out:
                shutil.copyfileobj(sent.file, out, 1024 * 1024)
            if sniff(path) is FileKind.ZIP:
                members = Path(folder, "members")
                members.mkdir()
                return _accept_archive(request, target, path, members)
            accepted = _accept_one(request, target, path, sent.name)
        created = accepted["outcome"] == "accepted"
        answer = status.HTTP_201_CREATED if created else status.HTTP_200_OK
        return Response({"results": [accepted]}, status=answer)


Target = tuple[Department, Patient | None, Case | None]


def _target(user: User, fields: dict[str, Any]) -> Target:
    """Where the file goes. What the user may not see does not exist (404)."""
    patient = case = None
    if fields.get("case"):
        visible = Case.objects.visible_to(user).select_related("patient", "department")
        case = _one(visible, fields["case"])
        return case.department, case.patient, case
    if fields.get("patient"):
        patient = _one(Patient.objects.visible_to(user).active(), fields["patient"])
        return patient.department, patient, None
    mine = department_ids(user, CLINICIAN)
    wanted = fields.get("department") or (mine[0] if len(mine) == 1 else None)
    if wanted is None:
        raise DepartmentNeeded
    return _one(Department.objects.filter(pk__in=mine), wanted), patient, case


def _one(rows: Any, pk: Any) -> Any:
    row = rows.filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


def _accept_one(request: Request, target: Target, path: Path, name: str) -> dict[str, Any]:
    department, patient, case = target
    accepted = upload_accept(
        UploadRequest(
            user=request.user,
            department=department,
            path=path,
            file_name=name,
            patient=patient,
            case=case,
            via_api=isinstance(request.auth, ApiToken),
        )
    )
    record_access(request.user, Verb.CREATE, accepted.image, detail="upload", request=request)
    return _result(name, accepted)


def _accept_archive(request: Request, target: Target, path: Path, folder: Path) -> Response:
    """One result an entry, in the archive's order; 207 when some were refused."""
    results = []
    for member in archive.extract_members(path, folder, decode_limits()):
        try:
            if member.refusal is not None or member.path is None:
                raise member.refusal or FileTooLarge
            results.append(_accept_one(request, target, member.path, member.name))
        except PortalError as error:
            results.append(_refusal(member.name, error))
    refused = sum(result["outcome"] == "refused" for result in results)
    if results and refused == len(results):
        answer = status.HTTP_400_BAD_REQUEST
    else:
        answer = status.HTTP_207_MULTI_STATUS if refused else status.HTTP_201_CREATED
    return Response({"results": results}, status=answer)


def _result(name: str, accepted: Accepted) -> dict[str, Any]:
    image, case = accepted.image, accepted.image.case
    return {
        "file_name": name,
        "outcome": accepted.upload.outcome,
        "code": "",
        "message": "",
        "warnings": [{"code": w.code, "message": w.message} for w in accepted.warnings],
        "image": str(image.pk),
        "case": str(case.pk),
        "case_url": f"/reading/{case.pk}/",
        "patient": {
            "id": str(case.patient_id),
            "name": str(case.patient),
            "confirmed": case.patient.confirmed,
        },
    }


def _refusal(name: str, error: PortalError) -> dict[str, Any]:
    return {
        "file_name": name,
        "outcome": "refused",
        "code": error.code,
        "message": error.message,
        "warnings": [],
        "image": None,
        "case": None,
        "case_url": "",
        "patient": None,
    }
