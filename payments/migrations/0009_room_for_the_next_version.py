"""A payment changes twice soon after it was made. With room on its page the new version needs no new index entries."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("payments", "0008_cheaper_guards")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE payments_payment SET (fillfactor = 50)",
            "ALTER TABLE payments_payment SET (fillfactor = 80)",
        ),
    ]
