"""The app label and its name in the console."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EventsConfig(AppConfig):
    name = "events"
    verbose_name = _("Events out")

    def ready(self) -> None:
        from events import metrics

        metrics.register()
