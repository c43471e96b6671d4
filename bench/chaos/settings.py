"""The service as the harness runs it: production's code, with leases and waits that a minute outlives."""

from payments_project.settings.base import *  # noqa: F403
from payments_project.settings.base import INSTALLED_APPS, LOGGING

INSTALLED_APPS = [*INSTALLED_APPS, "bench.chaos"]
GATEWAY_CONNECT_SECONDS = 0.5
GATEWAY_TOTAL_SECONDS = 1.0
LEASE_SECONDS = 1.5
FIRST_CHECK_SECONDS = 1
BREAKER_OPEN_SECONDS = 0.5
# The shops' receiver is on this machine.
WEBHOOK_ALLOWED_HOSTS = ["127.0.0.1"]
WEBHOOK_TOTAL_SECONDS = 1
WEBHOOK_RETRY_SECONDS = [1] * 9
LOGGING["handlers"]["console"]["formatter"] = "readable"  # type: ignore[index]
