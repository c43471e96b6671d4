"""A merchant's bank account, payments that wait for a transfer to it, and the statements that tell of transfers."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from common import ids
from gateways.contract import ChargeRequest
from gateways.models import GatewayAccount
from gateways.registry import connect
from payments.models import PaymentAttempt
from payments.models.history import Source
from payments.services.outcome import apply_report
from reconciliation.models import StatementLine
from reconciliation.statements import Imported, import_statement
from tests.support.camt import IBAN, Entry, camt
from tests.support.factories import NOON, Merchant, make_gateway_account, recorded

HOLDER = "Odd Nights SARL"
# Of 13.37 EUR, in the bank's own notation.
ASKED = "13.37"


def make_bank_account(
    merchant: Merchant, *, csv_profile: dict[str, Any] | None = None, **fields: Any
) -> GatewayAccount:
    values = {"iban": IBAN, "bic": "COBADEFFXXX", "holder": HOLDER}
    if csv_profile is not None:
        values["csv_profile"] = json.dumps(csv_profile)
    wanted = {"gateway": "bank_transfer", "methods": ["bank_transfer"]}
    return make_gateway_account(merchant.tenant, secrets=values, **wanted | fields)


def awaiting(merchant: Merchant, **fields: Any) -> PaymentAttempt:
    """The attempt of a payment whose payer was told where to transfer the money."""
    attempt = recorded(merchant, payment_method="bank_transfer", **fields)
    gateway: Any = connect(attempt.gateway_account).gateway
    report = gateway.charge(ChargeRequest(reference=attempt.reference, amount=attempt.payment.amount))
    with transaction.atomic():
        apply_report(attempt_id=attempt.pk, report=report, source=Source.ANSWER, now=NOON)
    attempt.refresh_from_db()
    return attempt


def told(account: GatewayAccount, *entries: Entry, now: datetime = NOON, **statement: Any) -> Imported:
    """Import a statement with these entries."""
    return imported(account, camt(*entries, **statement), now=now)


def imported(account: GatewayAccount, body: bytes, *, now: datetime = NOON, name: str = "bank.xml") -> Imported:
    return import_statement(account=account, body=body, file_name=name, imported_by="tests", now=now)


def the_line() -> StatementLine:
    return StatementLine.objects.select_related("attempt__payment").get()


def shown_id(account: GatewayAccount) -> str:
    return ids.show(ids.GATEWAY_ACCOUNT, account.public_id)


def written(folder: Path, body: bytes, name: str = "bank.xml") -> str:
    path = folder / name
    path.write_bytes(body)
    return str(path)
