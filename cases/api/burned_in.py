"""Text in the pixels: what is suspected, and a clinician's word on it."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from cases.models import BurnedInReview, Image
from cases.selectors import latest_text_review
from cases.services.burned_in import burned_in_review, text_check_make
from cxrportal.accounts.audit import Verb, record_access
from cxrportal.accounts.permissions import IsClinician

SHOWN = 100


class BoxField(serializers.ListField):
    child = serializers.IntegerField(min_value=0)
    min_length = max_length = 4


class BurnedInReviewSerializer(serializers.ModelSerializer[BurnedInReview]):
    """One word on the pixels: who, when, and the boxes that releases paint over."""

    reviewer = serializers.CharField(source="reviewer.__str__", read_only=True)
    masks = serializers.ListField(child=BoxField(), required=False)

    class Meta:
        model = BurnedInReview
        fields = ("id", "outcome", "masks", "reviewer", "created_at")
        read_only_fields = ("id", "reviewer", "created_at")


class BurnedInSerializer(serializers.Serializer[Image]):
    """The suspected regions of one image and the review that counts."""

    image = serializers.UUIDField(source="pk")
    regions = serializers.SerializerMethodField()
    declared = serializers.SerializerMethodField()
    review = serializers.SerializerMethodField()

    def get_regions(self, image: Image) -> list[list[int]]:
        return text_check_make(image=image).regions

    def get_declared(self, image: Image) -> bool:
        return image.facts["study"]["burned_in"] == "YES"

    def get_review(self, image: Image) -> dict[str, Any] | None:
        review = latest_text_review(image)
        return BurnedInReviewSerializer(review).data if review else None


class BurnedInListView(APIView):
    """Images of the user's departments whose pixels nobody has looked at, oldest first."""

    permission_classes = [IsClinician]

    @extend_schema(responses={200: BurnedInSerializer(many=True)})
    def get(self, request: Request) -> Response:
        waiting = Image.objects.visible_to(request.user).awaiting_text_review()
        waiting = waiting.select_related("text_check").order_by("created_at", "id")[:SHOWN]
        return Response(BurnedInSerializer(waiting, many=True).data)


class BurnedInView(APIView):
    """One image: read what is suspected, say what is true."""

    permission_classes = [IsClinician]

    def images(self, request: Request) -> QuerySet[Image]:
        return Image.objects.visible_to(request.user).select_related("case")

    @extend_schema(responses={200: BurnedInSerializer})
    def get(self, request: Request, pk) -> Response:
        image = get_object_or_404(self.images(request), pk=pk)
        record_access(request.user, Verb.VIEW, image, detail="burned-in text", request=request)
        return Response(BurnedInSerializer(image).data)

    @extend_schema(request=BurnedInReviewSerializer, responses={201: BurnedInReviewSerializer})
    def post(self, request: Request, pk) -> Response:
        image = get_object_or_404(self.images(request), pk=pk)
        form = BurnedInReviewSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        review = burned_in_review(
            image=image,
            actor=request.user,
            outcome=form.validated_data["outcome"],
            masks=[tuple(box) for box in form.validated_data.get("masks", [])],
        )
        record_access(request.user, Verb.CHANGE, image, detail="burned-in text", request=request)
        return Response(BurnedInReviewSerializer(review).data, status=status.HTTP_201_CREATED)
