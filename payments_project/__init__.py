"""Puts the service together. Every process that sends a task needs the application that knows where tasks go."""

from payments_project.celery import app as celery_app

__all__ = ["celery_app"]
