"""The check of new entries looks each line up by its key, whatever the tables were like when a session first booked.

A plan is made once per session. Made while there were few transactions it read all of them for every batch, and went on
doing so while they became thousands. LIMIT keeps each lookup a lookup; what is refused is what was refused before.
"""

from django.db import migrations

_CHECK_ENTRIES = """
CREATE OR REPLACE FUNCTION ledger_check_entries() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE wrong record;
BEGIN
    SELECT e.transaction_id INTO wrong
    FROM new_entries e
    CROSS JOIN LATERAL (
        SELECT currency, tenant_id, closed_at FROM wallets_ledgeraccount WHERE id = e.account_id LIMIT 1
    ) a
    CROSS JOIN LATERAL (
        SELECT tenant_id FROM wallets_ledgertransaction WHERE id = e.transaction_id LIMIT 1
    ) t
    WHERE a.currency <> e.currency OR a.tenant_id <> t.tenant_id OR a.closed_at IS NOT NULL
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'ledger transaction %: an account is closed, of another currency or of another tenant',
            wrong.transaction_id USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_account_takes_entry';
    END IF;

    SELECT e.transaction_id INTO wrong
    FROM new_entries e GROUP BY e.transaction_id, e.currency HAVING sum(e.amount_minor) <> 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'ledger transaction %: debits and credits differ', wrong.transaction_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_sums_to_zero';
    END IF;

    SELECT t.id INTO wrong
    FROM (SELECT transaction_id, count(*) AS added FROM new_entries GROUP BY transaction_id) n
    CROSS JOIN LATERAL (
        SELECT id, entry_count FROM wallets_ledgertransaction WHERE id = n.transaction_id LIMIT 1
    ) t
    WHERE t.entry_count <> n.added
       OR t.entry_count <> (SELECT count(*) FROM wallets_ledgerentry e WHERE e.transaction_id = t.id)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'ledger transaction %: it is sealed with another number of entries', wrong.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_sealed';
    END IF;

    SELECT t.id INTO wrong
    FROM (SELECT DISTINCT transaction_id FROM new_entries) n
    CROSS JOIN LATERAL (
        SELECT id, tenant_id, recorded_at FROM wallets_ledgertransaction WHERE id = n.transaction_id LIMIT 1
    ) t
    JOIN wallets_booksclosing c ON c.tenant_id = t.tenant_id AND t.recorded_at <= c.closed_through
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'ledger transaction %: the books are closed at that time', wrong.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_books_closed';
    END IF;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("wallets", "0005_without_indexes_within_others")]

    operations = [migrations.RunSQL(_CHECK_ENTRIES, migrations.RunSQL.noop)]
