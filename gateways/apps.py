"""The app label and its name in the console; tells monitors of the inbox."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GatewaysConfig(AppConfig):
    name = "gateways"
    verbose_name = _("Gateways")

    def ready(self) -> None:
        from gateways import metrics

        metrics.register()
