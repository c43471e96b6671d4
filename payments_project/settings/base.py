"""What every process shares. A value that differs between places comes from the environment: see `.env.example`."""

from pathlib import Path
from typing import Any

import environ
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from common.sources import read_allow_list
from payments_project.settings.console import UNFOLD  # noqa: F401

BASE_DIR = Path(__file__).resolve().parent.parent.parent
env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

SECRET_KEY = env("SECRET_KEY", default="")
DEBUG = False
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost"])
DATA_DIR = Path(env("DATA_DIR", default=str(BASE_DIR / ".data")))
PUBLIC_URL = env("PUBLIC_URL", default="http://127.0.0.1:8000")
# While this file exists /health/ready says no: made before a process is told to stop, so that nothing is sent to it.
DRAIN_FILE = env("DRAIN_FILE", default="")
SIMULATOR_URL = env("SIMULATOR_URL", default="").rstrip("/")

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "console.apps.ConsoleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_prometheus",
    "django_celery_beat",
    "common",
    "tenants",
    "events",
    "gateways",
    "wallets",
    "commissions",
    "payments",
    "reconciliation",
    "console",
]

MIDDLEWARE = [
    "common.api.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "common.api.middleware.ApiErrorsMiddleware",
    "console.middleware.ConsoleMiddleware",
]
# What a browser session needs runs only under CONSOLE_PATHS.
CONSOLE_MIDDLEWARE = [
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "console.middleware.Locale",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
# They look for the session, its user and its messages in MIDDLEWARE itself.
SILENCED_SYSTEM_CHECKS = ["admin.E408", "admin.E409", "admin.E410"]
CONSOLE_PATHS = ("/admin", "/static/", "/i18n/", "/api/docs", "/api/schema", "/favicon.ico")

ROOT_URLCONF = "payments_project.urls"
WSGI_APPLICATION = "payments_project.wsgi.application"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

# One connection per thread, kept. The application role has DML only; the migrating process gets the owner's URL.
DATABASES = {"default": env.db("DATABASE_URL", default="postgres://127.0.0.1:1/not-configured")}
DATABASES["default"]["CONN_MAX_AGE"] = None
DATABASES["default"]["CONN_HEALTH_CHECKS"] = False
DATABASES["default"]["OPTIONS"] = {
    "server_side_binding": True,
    "prepare_threshold": 3,
    "connect_timeout": 5,
    "options": " ".join(
        (
            "-c statement_timeout=30s",
            "-c idle_in_transaction_session_timeout=60s",
            "-c lock_timeout=10s",
            "-c timezone=UTC",
        )
    ),
}
APP_DB_ROLE = env("APP_DB_ROLE", default="")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("fr", _("French"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_THOUSAND_SEPARATOR = False

STATIC_URL = "/static/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = reverse_lazy("admin:login")
LOGIN_REDIRECT_URL = "/admin/"
SESSION_COOKIE_AGE = env.int("SESSION_IDLE_SECONDS", default=15 * 60)
SESSION_SAVE_EVERY_REQUEST = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Alpine, which the console's components use, evaluates expressions; inline scripts stay forbidden.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'", "'unsafe-eval'"],
        "style-src": ["'self'", "'unsafe-inline'"],
        "img-src": ["'self'", "data:"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
    }
}

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_SCHEMA_CLASS": "common.api.schema.PathSchema",
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Payment service",
    "DESCRIPTION": "Takes payments, keeps wallets and proves its books. Amounts are integers in minor units.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PUBLIC": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/",
    "SORT_OPERATIONS": False,
    "POSTPROCESSING_HOOKS": ["common.api.schema.group_aliases"],
    "APPEND_COMPONENTS": {
        "securitySchemes": {
            "bearer": {
                "type": "http",
                "scheme": "bearer",
                "description": "An API key, or a token of the core platform.",
            }
        }
    },
    "SECURITY": [{"bearer": []}],
}

# Tasks carry ids, tell nobody what they return, and are taken one by one. A task is acknowledged when it has ended: a
# worker that dies gives it back, and doing it again is safe.
CELERY_BROKER_URL = env("CELERY_BROKER_URL", default="")
CELERY_RESULT_BACKEND = None
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
# They hold where workers are processes. In threads nobody can end a task from outside, so each ends by itself: calls to
# gateways and statements have time-outs, and what goes in rounds counts its time.
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_TASK_TIME_LIMIT = 300
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# For ever: a worker that gave up would need hands when the broker is back.
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# Celery closes database connections after every task unless told how often one may be used again.
CELERY_DB_REUSE_MAX = 100_000
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 1
CELERY_TIMEZONE = "UTC"
if CELERY_BROKER_URL.startswith(("redis://", "rediss://")):
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        # Far beyond the time limit: what comes back earlier than that was not lost.
        "visibility_timeout": 900,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        "socket_timeout": 5,
        "socket_connect_timeout": 2,
    }

CREDENTIALS_KEYS = env("CREDENTIALS_KEYS", default="")
API_KEY_PEPPER = env("API_KEY_PEPPER", default="")
# How long a process may trust a checked API key before it asks the database again: a revoked key dies within it.
API_KEY_CACHE_SECONDS = env.int("API_KEY_CACHE_SECONDS", default=5)
JWT_HS256_SECRET = env("JWT_HS256_SECRET", default="")
JWT_ISSUER = env("JWT_ISSUER", default="core-platform")
JWT_AUDIENCE = env("JWT_AUDIENCE", default="payment-service")

GATEWAY_CONNECT_SECONDS = env.float("GATEWAY_CONNECT_SECONDS", default=3.0)
# How soon the gateway is asked about a payment it has not told us of; doubles with every time it is asked.
FIRST_CHECK_SECONDS = env.int("FIRST_CHECK_SECONDS", default=20)
# After this a process that has not concluded is taken to be dead: longer than any call to a gateway may last, and to an
# endpoint of a tenant.
LEASE_SECONDS = env.float("LEASE_SECONDS", default=60.0)
GATEWAY_TOTAL_SECONDS = env.float("GATEWAY_TOTAL_SECONDS", default=20.0)
# How long a gateway that failed again and again is left alone before one call may try it.
BREAKER_OPEN_SECONDS = env.float("BREAKER_OPEN_SECONDS", default=30.0)
# Of the threads of a web process one gateway may take half with calls and a quarter with waiting for their end: the
# rest stays for other gateways, for webhooks and for those who only ask, also in the moment a gateway begins to hang.
# A worker that has threads is started with its own number here.
WEB_THREADS = env.int("WEB_THREADS", default=16)
GATEWAY_CALLS_MAX = env.int("GATEWAY_CALLS_MAX", default=max(WEB_THREADS // 2, 1))
GATEWAY_WAITING_MAX = env.int("GATEWAY_WAITING_MAX", default=max(WEB_THREADS // 4, 1))
# How many gateways may be tried for one payment, each only when nothing can come of the one before.
GATEWAY_ATTEMPTS_MAX = env.int("GATEWAY_ATTEMPTS_MAX", default=2)

# Hosts that webhooks may go to wherever they are, such as 127.0.0.1; everything else must be public and https.
WEBHOOK_ALLOWED_HOSTS = [name.lower() for name in env.list("WEBHOOK_ALLOWED_HOSTS", default=[])]
# How long an endpoint of a tenant may take for its whole answer; shorter than LEASE_SECONDS.
WEBHOOK_TOTAL_SECONDS = env.int("WEBHOOK_TOTAL_SECONDS", default=15)
# Before the second try of a delivery, the third, and so on; after the last one it is given up. By Standard Webhooks.
WEBHOOK_RETRY_SECONDS = env.list(
    "WEBHOOK_RETRY_SECONDS", cast=int, default=[5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]
)
WEBHOOK_PAUSE_AFTER_HOURS = env.int("WEBHOOK_PAUSE_AFTER_HOURS", default=72)
WEBHOOK_RETENTION_DAYS = env.int("WEBHOOK_RETENTION_DAYS", default=30)
EVENTS_STREAM_URL = env("EVENTS_STREAM_URL", default="")

# How many reverse proxies of ours a request passes, each of which appends to X-Forwarded-For; 0 believes none of it.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
# A second gate before the signature, for gateways that publish where their webhooks come from; not listed: any address.
WEBHOOK_ALLOWED_SOURCES = read_allow_list(env("WEBHOOK_ALLOWED_SOURCES", default=""))
# Forged webhooks that one address may send before it is not listened to for a while; 0: any number.
WEBHOOK_FORGERIES_PER_MINUTE = env.int("WEBHOOK_FORGERIES_PER_MINUTE", default=60)
# Thirteen months: longer than any gateway lets a payer dispute. Webhooks that failed are kept until a person decides.
INBOX_KEEP_DAYS = env.int("INBOX_KEEP_DAYS", default=396)

LOG_LEVEL = env("LOG_LEVEL", default="INFO")
LOG_FORMAT = env("LOG_FORMAT", default="json")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {"()": "common.logs.JsonFormatter"},
        "readable": {"()": "common.logs.ReadableFormatter"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    # The periodic jobs would write a line for every start and end, several a second, and say nothing.
    "loggers": {
        "celery.beat": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
        "kombu": {"level": "WARNING"},
    },
}
