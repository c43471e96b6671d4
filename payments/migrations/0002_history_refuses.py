"""The history of payments is added to, never changed; payments and attempts are never removed."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_initial"), ("wallets", "0002_books_refuse")]

    operations = [
        migrations.RunSQL(
            """
            CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON payments_paymenthistory
                FOR EACH ROW EXECUTE FUNCTION refuse_change();
            CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON payments_paymenthistory
                FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();
            CREATE TRIGGER kept BEFORE DELETE ON payments_payment FOR EACH ROW EXECUTE FUNCTION refuse_change();
            CREATE TRIGGER kept BEFORE DELETE ON payments_paymentattempt FOR EACH ROW EXECUTE FUNCTION refuse_change();
            ALTER TABLE payments_payment SET (fillfactor = 80);
            ALTER TABLE payments_paymentattempt SET (fillfactor = 80);
            """,
            migrations.RunSQL.noop,
        ),
        # What was agreed at creation stays as it was agreed.
        migrations.RunSQL(
            """
            CREATE FUNCTION payment_terms_are_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION 'payment %: amount, currency, commission and payee are fixed at creation', OLD.id
                    USING ERRCODE = 'restrict_violation', CONSTRAINT = 'payment_terms_fixed';
            END $$;
            CREATE TRIGGER payment_terms_fixed
                BEFORE UPDATE OF amount_minor, currency, commission_minor, wallet_id, tenant_id, public_id
                ON payments_payment FOR EACH ROW
                WHEN ((OLD.amount_minor, OLD.currency, OLD.commission_minor, OLD.wallet_id, OLD.tenant_id, OLD.public_id)
                      IS DISTINCT FROM
                      (NEW.amount_minor, NEW.currency, NEW.commission_minor, NEW.wallet_id, NEW.tenant_id, NEW.public_id))
                EXECUTE FUNCTION payment_terms_are_fixed();
            """,
            migrations.RunSQL.noop,
        ),
    ]
