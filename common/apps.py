"""The app label of what every other app shares."""

from django.apps import AppConfig


class CommonConfig(AppConfig):
    name = "common"
