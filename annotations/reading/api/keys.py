"""A reader's own keys of the reading room."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotations.reading.presentation import keys_json
from annotations.reading.services.keys import keys_save
from cxrportal.accounts.permissions import IsClinician


class KeysSerializer(serializers.Serializer[Any]):
    """``keys``: action to key, such as {"fit": "Ctrl+F"}; what is not named keeps its usual key."""

    keys = serializers.DictField(child=serializers.CharField(max_length=40, trim_whitespace=False))
    single_keys = serializers.BooleanField()


class KeysView(APIView):
    """Read and replace one's own keys."""

    permission_classes = [IsClinician]

    @extend_schema(responses=KeysSerializer)
    def get(self, request: Request) -> Response:
        return Response(keys_json(request.user))

    @extend_schema(request=KeysSerializer, responses=KeysSerializer)
    def put(self, request: Request) -> Response:
        form = KeysSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        keys_save(user=request.user, **form.validated_data)
        return Response(keys_json(request.user))
