"""Every address under ``/api/v1/``."""

from __future__ import annotations

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import SimpleRouter

from annotations.exploring.api import ExplorationViewSet
from annotations.extracting.api import ExtractionViewSet
from annotations.importing.api import DatasetImportViewSet
from annotations.monitoring.api import MonitoringApi, ShadowApi
from annotations.notes.api import (
    CaseNotesView,
    ColleaguesView,
    NoteViewSet,
    NotificationViewSet,
)
from annotations.reading.api.analyses import AnalysisViewSet
from annotations.reading.api.cases import ProgressView, ReadingView, ReviewOpenView
from annotations.reading.api.findings import FindingViewSet, ReviewViewSet
from annotations.reading.api.keys import KeysView
from annotations.reading.api.marks import PriorMarkViewSet
from annotations.reading.api.measurements import MeasurementViewSet
from annotations.reading.api.priors import NextView, PriorView
from annotations.reading.api.reads import ReadCommitView, ReadCompleteView
from annotations.releases.api import ReleaseViewSet
from annotations.reports.api import ReportViewSet
from annotations.retraining.api.promotion import ActivationViewSet, PromotionCheckViewSet
from annotations.retraining.api.trainings import TrainingViewSet
from annotations.worklist.api import FlagApi, WorklistApi
from cases.api.burned_in import BurnedInListView, BurnedInView
from cases.api.cases import CaseViewSet
from cases.api.images import ImageViewSet
from cases.api.uploads import UploadView
from inference.api import ModelFactsView, ModelViewSet, TryView
from patients.api import PatientViewSet

router = SimpleRouter()
router.register("patients", PatientViewSet)
router.register("cases", CaseViewSet)
router.register("images", ImageViewSet)
router.register("analyses", AnalysisViewSet, basename="analysis")
router.register("findings", FindingViewSet)
router.register("measurements", MeasurementViewSet)
router.register("prior-marks", PriorMarkViewSet)
router.register("notes", NoteViewSet, basename="note")
router.register("notifications", NotificationViewSet, basename="notification")
router.register("reviews", ReviewViewSet)
router.register("reports", ReportViewSet, basename="report")
router.register("explorations", ExplorationViewSet, basename="exploration")
router.register("extractions", ExtractionViewSet, basename="extraction")
router.register("imports", DatasetImportViewSet, basename="import")
router.register("exports", ReleaseViewSet, basename="export")
router.register("trainings", TrainingViewSet, basename="training")
router.register("promotion-checks", PromotionCheckViewSet, basename="promotion-check")
router.register("activations", ActivationViewSet, basename="activation")
router.register("models", ModelViewSet, basename="model")

app_name = "api"
urlpatterns = [
    path("uploads/", UploadView.as_view(), name="upload"),
    path("cases/<uuid:pk>/reading/", ReadingView.as_view(), name="case-reading"),
    path("cases/<uuid:pk>/progress/", ProgressView.as_view(), name="case-progress"),
    path("cases/<uuid:pk>/review/", ReviewOpenView.as_view(), name="case-review"),
    path("cases/<uuid:pk>/next/", NextView.as_view(), name="case-next"),
    path("cases/<uuid:pk>/priors/<uuid:prior>/", PriorView.as_view(), name="case-prior"),
    path("reading-keys/", KeysView.as_view(), name="reading-keys"),
    path("cases/<uuid:pk>/commit/", ReadCommitView.as_view(), name="case-commit"),
    path("cases/<uuid:pk>/complete/", ReadCompleteView.as_view(), name="case-complete"),
    path("cases/<uuid:pk>/flag/", FlagApi.as_view(), name="case-flag"),
    path("worklist/", WorklistApi.as_view(), name="worklist"),
    path("cases/<uuid:pk>/notes/", CaseNotesView.as_view(), name="case-notes"),
    path("cases/<uuid:pk>/colleagues/", ColleaguesView.as_view(), name="case-colleagues"),
    path("burned-in/", BurnedInListView.as_view(), name="burned-in-list"),
    path("images/<uuid:pk>/burned-in/", BurnedInView.as_view(), name="image-burned-in"),
    path("models/<uuid:pk>/facts/", ModelFactsView.as_view(), name="model-facts"),
    path("models/<uuid:pk>/monitoring/", MonitoringApi.as_view(), name="model-monitoring"),
    path("models/<uuid:pk>/shadow/", ShadowApi.as_view(), name="model-shadow"),
    path("try/", TryView.as_view(), name="try"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="api:schema"), name="docs"),
    path("", include(router.urls)),
]
