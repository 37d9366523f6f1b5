"""Every address under ``/api/v1/``."""

from __future__ import annotations

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import SimpleRouter

from annotations.reading.api.analyses import AnalysisViewSet
from annotations.reading.api.cases import ProgressView, ReadingView, ReviewOpenView
from annotations.reading.api.findings import FindingViewSet, ReviewViewSet
from annotations.releases.api import ReleaseViewSet
from annotations.reports.api import ReportViewSet
from cases.api.burned_in import BurnedInListView, BurnedInView
from cases.api.cases import CaseViewSet
from cases.api.images import ImageViewSet
from cases.api.uploads import UploadView
from inference.api import TryView
from patients.api import PatientViewSet

router = SimpleRouter()
router.register("patients", PatientViewSet)
router.register("cases", CaseViewSet)
router.register("images", ImageViewSet)
router.register("analyses", AnalysisViewSet, basename="analysis")
router.register("findings", FindingViewSet)
router.register("reviews", ReviewViewSet)
router.register("reports", ReportViewSet, basename="report")
router.register("exports", ReleaseViewSet, basename="export")

app_name = "api"
urlpatterns = [
    path("uploads/", UploadView.as_view(), name="upload"),
    path("cases/<uuid:pk>/reading/", ReadingView.as_view(), name="case-reading"),
    path("cases/<uuid:pk>/progress/", ProgressView.as_view(), name="case-progress"),
    path("cases/<uuid:pk>/review/", ReviewOpenView.as_view(), name="case-review"),
    path("burned-in/", BurnedInListView.as_view(), name="burned-in-list"),
    path("images/<uuid:pk>/burned-in/", BurnedInView.as_view(), name="image-burned-in"),
    path("try/", TryView.as_view(), name="try"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="api:schema"), name="docs"),
    path("", include(router.urls)),
]
