"""Column types that every app shares, which job ran in which period, and which tasks failed."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class MinorUnitsField(models.BigIntegerField):
    """An amount in minor units of the currency in the column beside it."""


class CurrencyField(models.CharField):
    """An ISO 4217 code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 3)
        super().__init__(*args, **kwargs)


def one_of(column: str, values: Iterable[StrEnum]) -> models.Q:
    """The condition that a column of words holds one of these, for the tables that every payment writes.

    PostgreSQL unfolds the condition of a constraint at every statement: one pattern costs less than a list.
    """
    return models.Q(**{f"{column}__regex": f"^({'|'.join(value.value for value in values)})$"})


class JobRun(models.Model):
    """That a periodic job was taken for one period. Who finds the row does not run it again."""

    job = models.CharField(max_length=100)
    period_from = models.DateTimeField(help_text=_("By the clock of the database."))
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True, help_text=_("Empty: it runs, failed or was killed."))

    class Meta:
        verbose_name = _("run of a job")
        verbose_name_plural = _("runs of jobs")
        constraints = [models.UniqueConstraint(fields=["job", "period_from"], name="job_once_per_period")]

    def __str__(self) -> str:
        return f"{self.job} {self.period_from:%Y-%m-%d %H:%M:%S}"


class TaskFailure(models.Model):
    """A task that ended in an error, for a person to see. The work itself is still where it came from, and due again.

    The same failure is one row with a count. It never holds the text of an error: that can repeat what a payer typed.
    """

    id = models.BigAutoField(primary_key=True)
    task = models.CharField(max_length=100)
    about = models.CharField(max_length=200, blank=True, help_text=_("The ids it was given."))
    error = models.CharField(max_length=200, help_text=_("The kind of error and where it was raised."))
    times = models.PositiveIntegerField()
    first_failed_at = models.DateTimeField()
    last_failed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("task failure")
        verbose_name_plural = _("task failures")
        constraints = [models.UniqueConstraint(fields=["task", "about", "error"], name="task_failure_once")]
        indexes = [models.Index(fields=["last_failed_at"], name="task_failure_age")]

    def __str__(self) -> str:
        return f"{self.task} {self.error}"
