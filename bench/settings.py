"""The service as the benchmark runs it: production's settings, and one gateway that answers without a network."""

from payments_project.settings.base import *  # noqa: F403
from payments_project.settings.base import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "bench"]
# Most payments of the benchmark never hear from their gateway again; asking about them is not what is measured.
FIRST_CHECK_SECONDS = 3600
