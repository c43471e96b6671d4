"""For the tests: fixed throw-away secrets, no caches of credentials, the fastest password hasher."""

import os

os.environ.setdefault("SECRET_KEY", "tests-only-" + "x" * 40)
os.environ.setdefault("CREDENTIALS_KEYS", "test:" + "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
os.environ.setdefault("API_KEY_PEPPER", "tests-only-pepper-" + "p" * 20)
os.environ.setdefault("JWT_HS256_SECRET", "tests-only-jwt-" + "j" * 32)
os.environ.setdefault("CELERY_BROKER_URL", "redis://127.0.0.1:6379/9")

from payments_project.settings.base import *
from payments_project.settings.base import INSTALLED_APPS

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
API_KEY_CACHE_SECONDS = 0
WEBHOOK_ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
GATEWAY_CONNECT_SECONDS = 1.0
GATEWAY_TOTAL_SECONDS = 3.0
INSTALLED_APPS = [*INSTALLED_APPS, "demo"]
