"""The naive reference as a project: Django's own middleware and REST framework's own defaults, connections kept."""

from bench.settings import *  # noqa: F403
from bench.settings import DATABASES

MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]
ROOT_URLCONF = "bench.naive_urls"
SESSION_SAVE_EVERY_REQUEST = False
REST_FRAMEWORK = {"DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"]}
# As a stock project has it, but connections are kept: a new one per request would only flatter the service.
DATABASES["default"]["OPTIONS"] = {}
