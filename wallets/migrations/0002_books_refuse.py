"""What the database itself refuses about the books, whoever asks and however."""

from django.db import migrations

# One check per statement, not per row: it sees all lines that the statement added. A transaction says how many entries
# it has, so all of them come in one statement and none can be added later.
_CHECK_ENTRIES = """
CREATE FUNCTION ledger_check_entries() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wrong record;
BEGIN
    SELECT e.transaction_id INTO wrong
    FROM new_entries e
    JOIN wallets_ledgeraccount a ON a.id = e.account_id
    JOIN wallets_ledgertransaction t ON t.id = e.transaction_id
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
    JOIN wallets_ledgertransaction t ON t.id = n.transaction_id
    WHERE t.entry_count <> n.added
       OR t.entry_count <> (SELECT count(*) FROM wallets_ledgerentry e WHERE e.transaction_id = t.id)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'ledger transaction %: it is sealed with another number of entries', wrong.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_sealed';
    END IF;

    SELECT t.id INTO wrong
    FROM wallets_ledgertransaction t
    JOIN wallets_booksclosing c ON c.tenant_id = t.tenant_id AND t.recorded_at <= c.closed_through
    WHERE t.id IN (SELECT transaction_id FROM new_entries) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'ledger transaction %: the books are closed at that time', wrong.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_books_closed';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER ledger_check_entries AFTER INSERT ON wallets_ledgerentry
    REFERENCING NEW TABLE AS new_entries FOR EACH STATEMENT EXECUTE FUNCTION ledger_check_entries();
"""

# A header without its entries is refused at commit.
_CHECK_HEADER = """
CREATE FUNCTION ledger_check_header() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM wallets_ledgerentry WHERE transaction_id = NEW.id) THEN
        RAISE EXCEPTION 'ledger transaction %: it has no entries', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_has_entries';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ledger_check_header AFTER INSERT ON wallets_ledgertransaction
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_check_header();
"""

# Test databases are emptied by TRUNCATE between tests; no other database is called test_….
_APPEND_ONLY = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on %: rows of this table are added, never changed or removed', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'append_only';
END $$;
CREATE FUNCTION refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_database() NOT LIKE 'test\\_%%' THEN
        RAISE EXCEPTION 'TRUNCATE on %: rows of this table are added, never changed or removed', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'append_only';
    END IF;
    RETURN NULL;
END $$;
"""


def _append_only(table: str) -> str:
    return f"""
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();
"""


def _kept(table: str) -> str:
    return f"""
CREATE TRIGGER kept BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER kept_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();
"""


class Migration(migrations.Migration):
    dependencies = [("wallets", "0001_initial")]

    operations = [
        migrations.RunSQL(_CHECK_ENTRIES, migrations.RunSQL.noop),
        migrations.RunSQL(_CHECK_HEADER, migrations.RunSQL.noop),
        migrations.RunSQL(_APPEND_ONLY.replace("%%", "%"), migrations.RunSQL.noop),
        migrations.RunSQL(_append_only("wallets_ledgertransaction"), migrations.RunSQL.noop),
        migrations.RunSQL(_append_only("wallets_ledgerentry"), migrations.RunSQL.noop),
        migrations.RunSQL(_kept("wallets_ledgeraccount"), migrations.RunSQL.noop),
        migrations.RunSQL(_kept("wallets_balance"), migrations.RunSQL.noop),
        # Hot rows: room on the page for their next version, and cleaned often.
        migrations.RunSQL(
            "ALTER TABLE wallets_balance SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0,"
            " autovacuum_vacuum_threshold = 1000)",
            migrations.RunSQL.noop,
        ),
    ]
