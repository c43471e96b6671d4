"""The page of a commission plan, with a title in a person's words."""

from typing import Any

from django.http import HttpRequest

from commissions.admin import CommissionPlanAdmin
from commissions.models import CommissionPlan
from console import tones
from console.books.registering import takes_the_place_of
from console.templatetags.console_books import plan_words


@takes_the_place_of(CommissionPlan)
class PlanPage(CommissionPlanAdmin):
    def record_context(self, request: HttpRequest, record: Any) -> dict[str, object]:
        title = f"{tones.words_of(record.commission_type)}, {record.currency} · {plan_words(record)}"
        return super().record_context(request, record) | {"console_title": title}
