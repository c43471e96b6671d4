"""The naive reference's addresses, as the router of Django REST framework makes them."""

from django.urls import include, path
from rest_framework.routers import DefaultRouter

from bench.naive import PaymentViewSet, WebhookView

router = DefaultRouter()
router.register("payments", PaymentViewSet)

urlpatterns = [
    path("api/", include(router.urls)),
    path("webhooks/<str:gateway>/<str:account>", WebhookView.as_view()),
]
