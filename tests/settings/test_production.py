"""Production refuses to start with a missing or wrong setting, in one sentence that names it."""

import os
import subprocess
import sys

import pytest

GOOD = {
    "SECRET_KEY": "s" * 50,
    "DATABASE_URL": "postgres://app:secret@db.internal:5432/payments",
    "CELERY_BROKER_URL": "amqp://app:secret@mq.internal//",
    "ALLOWED_HOSTS": "pay.example.org",
    "CREDENTIALS_KEYS": "k1:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
    "API_KEY_PEPPER": "p" * 32,
    "JWT_HS256_SECRET": "j" * 32,
    "PUBLIC_URL": "https://pay.example.org",
}


def start(**changes: str | None) -> subprocess.CompletedProcess[str]:
    """Load the production settings in a process of their own, with nothing but these variables."""
    wanted = {name: value for name, value in (GOOD | changes).items() if value is not None}
    environment = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "payments_project.settings.production",
        **wanted,
    }
    command = [sys.executable, "-c", "import django; django.setup(); print('started')"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_a_complete_configuration_starts() -> None:
    done = start()

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "started"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"SECRET_KEY": None}, "SECRET_KEY is missing or shorter than 50 characters."),
        ({"SECRET_KEY": "short"}, "SECRET_KEY is missing or shorter than 50 characters."),
        ({"DATABASE_URL": None}, "DATABASE_URL is missing"),
        ({"DATABASE_URL": "sqlite:///db.sqlite3"}, "DATABASE_URL must name a PostgreSQL database."),
        ({"CELERY_BROKER_URL": None}, "CELERY_BROKER_URL is missing"),
        ({"CELERY_BROKER_URL": "memory://"}, "CELERY_BROKER_URL must start with redis:// or amqp://."),
        ({"ALLOWED_HOSTS": None}, "ALLOWED_HOSTS is missing"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS must name the hosts"),
        ({"CREDENTIALS_KEYS": None}, "CREDENTIALS_KEYS is missing"),
        ({"CREDENTIALS_KEYS": "k1:c2hvcnQ="}, "CREDENTIALS_KEYS has an entry that is not keyid:base64 of exactly 32"),
        ({"API_KEY_PEPPER": "short"}, "API_KEY_PEPPER is missing or shorter than 32 characters."),
        ({"JWT_HS256_SECRET": None}, "JWT_HS256_SECRET is missing or shorter than 32 characters."),
        ({"PUBLIC_URL": "http://pay.example.org"}, "PUBLIC_URL must start with https:// in production."),
        ({"SIMULATOR_URL": "http://127.0.0.1:1"}, "SIMULATOR_URL must not be set in production"),
        ({"WEBHOOK_ALLOWED_HOSTS": "hooks.example.org,127.0.0.1"}, "WEBHOOK_ALLOWED_HOSTS must not name hosts inside"),
        ({"WEBHOOK_ALLOWED_HOSTS": "10.1.2.3"}, "WEBHOOK_ALLOWED_HOSTS must not name hosts inside"),
        ({"WEBHOOK_ALLOWED_HOSTS": "[::1]"}, "WEBHOOK_ALLOWED_HOSTS must not name hosts inside"),
        ({"WEBHOOK_ALLOWED_HOSTS": "localhost"}, "WEBHOOK_ALLOWED_HOSTS must not name hosts inside"),
        ({"WEBHOOK_ALLOWED_HOSTS": "core.internal"}, "WEBHOOK_ALLOWED_HOSTS must not name hosts inside"),
        ({"WEBHOOK_TOTAL_SECONDS": "60"}, "WEBHOOK_TOTAL_SECONDS must be shorter than LEASE_SECONDS"),
        ({"EVENTS_STREAM_URL": "kafka://mq.internal"}, "EVENTS_STREAM_URL must start with amqp:// or redis://."),
        ({"DEBUG": "1"}, "DEBUG must not be on in production."),
    ],
)
def test_a_wrong_setting_is_named(changes: dict[str, str | None], sentence: str) -> None:
    done = start(**changes)

    assert done.returncode != 0
    assert sentence in done.stderr
    assert "secret@" not in done.stderr
