"""Every address of the service on one page: the canonical ones under /api/v1, the promised ones beside them."""

from django.contrib import admin
from django.urls import URLPattern, include, path, re_path
from django.views.generic import RedirectView
from django_prometheus.exports import ExportToDjangoView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from common import health
from events.api import WebhookEndpointViewSet
from events.events_api import EventViewSet
from gateways import health as gateways_health
from gateways.api import CredentialsViewSet, CustomerViewSet, GatewayViewSet
from gateways.views import webhook
from payments.api import PaymentViewSet
from payments.routing_api import RoutingViewSet
from payments_project.subjects import find_subject

handler400 = "common.api.problems.handler400"
handler403 = "common.api.problems.handler403"
handler404 = "common.api.problems.handler404"
handler500 = "common.api.problems.handler500"

_create = PaymentViewSet.as_view({"post": "create"})
_list_or_create = PaymentViewSet.as_view({"get": "list", "post": "create"})
_list = PaymentViewSet.as_view({"get": "list"})
_one = PaymentViewSet.as_view({"get": "retrieve"})
_status = PaymentViewSet.as_view({"get": "status"})
_refresh = PaymentViewSet.as_view({"post": "refresh"})
_cancel = PaymentViewSet.as_view({"post": "cancel"})
_gateways = GatewayViewSet.as_view({"get": "list"})
_routing = RoutingViewSet.as_view({"get": "of_payment"})


def _payments() -> list[URLPattern]:
    return [
        path("payments/process", _create),
        path("payments/charge", _create),
        path("payments/gateways", _gateways),
        path("payments/status/<str:payment_id>", _status),
        path("payments/<str:payment_id>", _one),
        path("payments/<str:payment_id>/status", _status),
        path("payments/<str:payment_id>/cancel", _cancel),
        path("payments/<str:payment_id>/refresh", _refresh),
        path("payments/<str:payment_id>/routing", _routing),
    ]


# Addresses that name their gateway: the same actions, held to it.
_STRIPE, _PAYPAL = {"gateway": "stripe"}, {"gateway": "paypal"}
_of_gateways = [
    path("payments/stripe/payment-intent", _create, _STRIPE),
    path("payments/stripe/payment-intent/<str:payment_id>", _one, _STRIPE),
    path("payments/stripe/confirm", _refresh, _STRIPE),
    path("payments/stripe/customers", CustomerViewSet.as_view({"post": "create"}), _STRIPE),
    path("stripe/charge", _create, _STRIPE),
    path("payments/paypal/orders", _create, _PAYPAL),
    path("payments/paypal/orders/<str:payment_id>", _one, _PAYPAL),
    path("payments/paypal/orders/<str:payment_id>/capture", _refresh, _PAYPAL),
    path("paypal/payment", _create, _PAYPAL),
]

_endpoint = "webhook-endpoints/<str:endpoint_id>"
_event = "events/<str:event_id>"
_of_events = [
    path("webhook-endpoints", WebhookEndpointViewSet.as_view({"get": "list", "post": "create"})),
    path(_endpoint, WebhookEndpointViewSet.as_view({"get": "retrieve", "patch": "change", "delete": "disable"})),
    path(f"{_endpoint}/rotate-secret", WebhookEndpointViewSet.as_view({"post": "rotate"})),
    path(f"{_endpoint}/test", WebhookEndpointViewSet.as_view({"post": "ping"})),
    path(f"{_endpoint}/replay", WebhookEndpointViewSet.as_view({"post": "replay"})),
    path("events", EventViewSet.as_view({"get": "list"}, find_subject=find_subject)),
    path(_event, EventViewSet.as_view({"get": "retrieve"})),
    path(f"{_event}/deliveries", EventViewSet.as_view({"get": "deliveries"})),
    path(f"{_event}/deliveries/<str:endpoint_id>/replay", EventViewSet.as_view({"post": "replay"})),
]

urlpatterns = [
    # What is asked for most is found first.
    path("api/v1/payments", _list_or_create),
    path("webhooks/<str:gateway>", webhook),
    path("webhooks/<str:gateway>/<str:account>", webhook),
    path("api/v1/webhooks/<str:gateway>", webhook),
    path("api/v1/webhooks/<str:gateway>/<str:account>", webhook),
    path(
        "api/v1/",
        include(
            [
                path("payments/routing/dry-run", RoutingViewSet.as_view({"get": "dry_run"})),
                *_payments(),
                path("payments/initiate", _create),
                path("providers/credentials", CredentialsViewSet.as_view({"post": "save"})),
                path("providers/status", RoutingViewSet.as_view({"get": "status"})),
                *_of_events,
            ]
        ),
    ),
    path("api/", include([*_of_gateways, path("payments", _list), *_payments()])),
    path("api/schema", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
    path("health", health.ready),
    path("health/live", health.live),
    path("health/ready", health.ready),
    path("health/database", health.ready),
    path("health/gateways", gateways_health.gateways),
    path("health/providers", gateways_health.gateways),
    path("metrics", ExportToDjangoView, name="prometheus-django-metrics"),
    path("i18n/", include("django.conf.urls.i18n")),
    re_path(r"^$", RedirectView.as_view(url="/admin/")),
    path("admin/", admin.site.urls),
]
