"""For `make run` and work on the code: plain HTTP on loopback, readable logs, secrets made by the supervisor."""

from payments_project.settings.base import *
from payments_project.settings.base import INSTALLED_APPS, LOGGING, env

DEBUG = env.bool("DEBUG", default=False)
LOGGING["handlers"]["console"]["formatter"] = env("LOG_FORMAT", default="readable")  # type: ignore[index]
INSTALLED_APPS = [*INSTALLED_APPS, "demo"]
# Receivers of webhooks run on this machine too.
WEBHOOK_ALLOWED_HOSTS = env.list("WEBHOOK_ALLOWED_HOSTS", default=["127.0.0.1", "localhost"])
# At home nobody waits twenty seconds to see the sweep at work.
FIRST_CHECK_SECONDS = env.int("FIRST_CHECK_SECONDS", default=5)
