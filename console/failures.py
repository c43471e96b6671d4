"""Tasks that failed: what, about which row, where in the code, how often. Nothing here is waited for or done again."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from common.admin import ReadOnlyAdmin
from common.admin_columns import Cell, Column
from common.models import TaskFailure


@admin.register(TaskFailure)
class TaskFailureAdmin(ReadOnlyAdmin):
    search_fields = ("task",)
    search_hint = _("Exact name of a task")
    empty_hint = _("No task has failed in the last 30 days.")
    columns = (
        Column(_("Failure"), lambda f: f"#{f.pk}", Cell.ID, on_phone=True),
        Column(_("Task"), lambda f: f.task, Cell.CODE, on_phone=True),
        Column(_("About"), lambda f: f.about, Cell.CODE),
        Column(_("Error"), lambda f: f.error, Cell.CODE, on_phone=True),
        Column(_("Times"), lambda f: f.times, Cell.NUMBER),
        Column(_("First"), lambda f: f.first_failed_at, Cell.WHEN),
        Column(_("Last"), lambda f: f.last_failed_at, Cell.WHEN, on_phone=True),
    )
    lines = columns[1:]

    def exact(self, request: HttpRequest, rows: QuerySet[TaskFailure], text: str) -> QuerySet[TaskFailure]:
        return rows.filter(task=text)
