"""For real money. A missing or wrong setting stops the start with one sentence that names it."""

import base64
import binascii
import ipaddress

from django.core.exceptions import ImproperlyConfigured

from payments_project.settings.base import *
from payments_project.settings.base import (
    ALLOWED_HOSTS,
    API_KEY_PEPPER,
    BASE_DIR,
    CELERY_BROKER_URL,
    CREDENTIALS_KEYS,
    EVENTS_STREAM_URL,
    JWT_HS256_SECRET,
    LEASE_SECONDS,
    PUBLIC_URL,
    SECRET_KEY,
    SIMULATOR_URL,
    WEBHOOK_ALLOWED_HOSTS,
    WEBHOOK_TOTAL_SECONDS,
    env,
)


def _require(holds: bool, sentence: str) -> None:
    if not holds:
        raise ImproperlyConfigured(sentence)


def _is_key(entry: str) -> bool:
    key_id, _, encoded = entry.partition(":")
    try:
        return bool(key_id) and len(base64.b64decode(encoded, validate=True)) == 32
    except binascii.Error:
        return False


def _is_inside(host: str) -> bool:
    """Whether a webhook to this host would stay within: an address that is not public, or a name only known inside."""
    try:
        return not ipaddress.ip_address(host.strip("[]")).is_global
    except ValueError:
        return "." not in host or host.endswith((".local", ".internal", ".localhost", ".localdomain"))


_require(len(SECRET_KEY) >= 50, "SECRET_KEY is missing or shorter than 50 characters.")
_require(bool(env("DATABASE_URL", default="")), "DATABASE_URL is missing: postgres://user:password@host:5432/name.")
_require(env("DATABASE_URL").startswith("postgres"), "DATABASE_URL must name a PostgreSQL database.")
_require(bool(CELERY_BROKER_URL), "CELERY_BROKER_URL is missing: redis://… or amqp://….")
_require(CELERY_BROKER_URL.startswith(("redis", "amqp")), "CELERY_BROKER_URL must start with redis:// or amqp://.")
_require("*" not in ALLOWED_HOSTS, "ALLOWED_HOSTS must name the hosts; * would accept any.")
_require(
    bool(env.list("ALLOWED_HOSTS", default=[])), "ALLOWED_HOSTS is missing: the host names this service answers to."
)
_require(bool(CREDENTIALS_KEYS), "CREDENTIALS_KEYS is missing: keyid:base64 of 32 random bytes, more after a comma.")
_require(
    all(_is_key(entry) for entry in CREDENTIALS_KEYS.split(",")),
    "CREDENTIALS_KEYS has an entry that is not keyid:base64 of exactly 32 bytes.",
)
_require(len(API_KEY_PEPPER) >= 32, "API_KEY_PEPPER is missing or shorter than 32 characters.")
_require(len(JWT_HS256_SECRET) >= 32, "JWT_HS256_SECRET is missing or shorter than 32 characters.")
_require(PUBLIC_URL.startswith("https://"), "PUBLIC_URL must start with https:// in production.")
_require(not SIMULATOR_URL, "SIMULATOR_URL must not be set in production: it is a stand-in for real gateways.")
_require(
    not any(_is_inside(host) for host in WEBHOOK_ALLOWED_HOSTS),
    "WEBHOOK_ALLOWED_HOSTS must not name hosts inside the own network in production.",
)
_require(
    0 < WEBHOOK_TOTAL_SECONDS < LEASE_SECONDS,
    "WEBHOOK_TOTAL_SECONDS must be shorter than LEASE_SECONDS, or slow endpoints get everything twice.",
)
_require(
    not EVENTS_STREAM_URL or EVENTS_STREAM_URL.startswith(("amqp", "redis")),
    "EVENTS_STREAM_URL must start with amqp:// or redis://.",
)
_require(not env.bool("DEBUG", default=False), "DEBUG must not be on in production.")

SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
STATIC_ROOT = BASE_DIR / ".static"
WHITENOISE_USE_FINDERS = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
