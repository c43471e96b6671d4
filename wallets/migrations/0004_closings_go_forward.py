"""A closed period stays closed: a closing may move forward, never back, and is never removed."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("wallets", "0003_recorded_at_by_range")]

    operations = [
        migrations.RunSQL(
            """
            CREATE TRIGGER closings_go_forward BEFORE UPDATE ON wallets_booksclosing FOR EACH ROW
                WHEN (NEW.closed_through < OLD.closed_through OR NEW.tenant_id <> OLD.tenant_id)
                EXECUTE FUNCTION refuse_change();
            CREATE TRIGGER kept BEFORE DELETE ON wallets_booksclosing FOR EACH ROW EXECUTE FUNCTION refuse_change();
            CREATE TRIGGER kept_truncate BEFORE TRUNCATE ON wallets_booksclosing
                FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();
            """,
            """
            DROP TRIGGER closings_go_forward ON wallets_booksclosing;
            DROP TRIGGER kept ON wallets_booksclosing;
            DROP TRIGGER kept_truncate ON wallets_booksclosing;
            """,
        ),
    ]
