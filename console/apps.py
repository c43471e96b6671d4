"""The finance console as the project's admin site."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.utils.translation import gettext_lazy as _


class ConsoleAdminConfig(admin_apps.AdminConfig):
    default = False
    default_site = "console.site.ConsoleSite"


class ConsoleConfig(AppConfig):
    default = True
    name = "console"
    verbose_name = _("Console")
