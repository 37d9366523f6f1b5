"""Addresses of reports."""

from __future__ import annotations

from django.urls import path

from annotations.reports import amend_views, editor, template_views, views

structured = views.ReportStructuredView.as_view()
app_name = "reports"
urlpatterns = [
    path("case/<uuid:pk>/", views.ReportsOfCaseView.as_view(), name="latest"),
    path("case/<uuid:pk>/sign/", views.SignView.as_view(), name="sign"),
    path("case/<uuid:pk>/preview/", views.PreviewView.as_view(), name="preview"),
    path("case/<uuid:pk>/edit/", editor.EditorView.as_view(), name="edit"),
    path("case/<uuid:pk>/draft/", editor.DraftView.as_view(), name="draft"),
    path(
        "case/<uuid:pk>/preview/<int:page>/",
        editor.PreviewPageView.as_view(),
        name="preview-page",
    ),
    path("case/<uuid:pk>/amend/", amend_views.AmendView.as_view(), name="amend"),
    path("case/<uuid:pk>/keep/", amend_views.KeepReadView.as_view(), name="keep"),
    path("templates/", template_views.TemplatesView.as_view(), name="templates"),
    path(
        "templates/<uuid:department>/<slug:kind>/",
        template_views.TemplateView.as_view(),
        name="template",
    ),
    path(
        "templates/<uuid:department>/<slug:kind>/retire/",
        template_views.TemplateRetireView.as_view(),
        name="template-retire",
    ),
    path("<uuid:pk>/pdf/", views.ReportPdfView.as_view(), name="pdf"),
    path("<uuid:pk>/sr/", structured, {"kind": "sr"}, name="sr"),
    path("<uuid:pk>/captures/", structured, {"kind": "captures"}, name="captures"),
    path("<uuid:pk>/fhir/", structured, {"kind": "fhir"}, name="fhir"),
]
