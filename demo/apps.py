"""A tenant to look at and a story to watch; installed on a developer's machine only."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "demo"
