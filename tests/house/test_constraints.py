"""The database has every constraint and index that the models name: Django drops some without a word.

Altering a foreign key to have no index of its own drops any other one-column index on it, conditional ones included.
"""

import pytest
from django.apps import apps
from django.db import connection

OURS = {"common", "tenants", "events", "gateways", "wallets", "commissions", "payments", "reconciliation"}


@pytest.mark.django_db
def test_the_database_has_every_constraint_and_index_that_the_models_name() -> None:
    wanted = {
        item.name
        for model in apps.get_models()
        if model._meta.app_label in OURS
        for item in (*model._meta.constraints, *model._meta.indexes)
    }

    assert wanted - _in_database() == set()


def _in_database() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT conname FROM pg_constraint UNION SELECT indexname FROM pg_indexes")
        return {name for (name,) in cursor.fetchall()}
