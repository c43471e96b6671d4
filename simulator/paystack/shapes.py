"""Records as Paystack shows them, with the fields its description asks for."""

from datetime import UTC, datetime

from simulator.paystack.cards import CARDS
from simulator.paystack.state import (
    Account,
    Authorization,
    Customer,
    Refund,
    Transaction,
)
from simulator.wire import Json

INTEGRATION = 412829


def moment(epoch: int | None) -> str | None:
    return None if epoch is None else datetime.fromtimestamp(epoch, tz=UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def transaction_shape(told: Transaction, *, account: Account) -> Json:
    known = account.authorizations.get(told.authorization)
    return {
        "id": told.id,
        "domain": "test",
        "status": told.status,
        "reference": told.reference,
        "receipt_number": None,
        "amount": told.amount,
        "message": None,
        "gateway_response": told.gateway_response,
        "paid_at": moment(told.paid),
        "paidAt": moment(told.paid),
        "created_at": moment(told.created),
        "createdAt": moment(told.created),
        "transaction_date": moment(told.created),
        "channel": told.channel,
        "currency": told.currency,
        "ip_address": "127.0.0.1",
        "metadata": told.metadata,
        "log": _log(told),
        "fees": told.fees,
        "fees_split": None,
        "fees_breakdown": None,
        "authorization": authorization_shape(known) if known else {},
        "customer": payer_shape(told.email, account=account),
        "plan": None,
        "split": {},
        "order_id": None,
        "requested_amount": told.requested_amount,
        "pos_transaction_data": None,
        "source": None,
        "connect": None,
        "plan_object": {},
        "subaccount": {},
    }


def authorization_shape(known: Authorization) -> Json:
    return {
        "authorization_code": known.id,
        "bin": None,
        "last4": "0000",
        "exp_month": "12",
        "exp_year": "2034",
        "channel": known.channel,
        "card_type": "visa",
        "bank": "TEST BANK",
        "country_code": "NG",
        "brand": "visa",
        "reusable": known.is_active and CARDS[known.card].is_reusable,
        "signature": f"SIG_{known.id[5:]}",
        "account_name": None,
    }


def refund_shape(told: Refund, *, account: Account) -> Json:
    transaction = account.transactions[told.transaction]
    return {
        "integration": INTEGRATION,
        "transaction": told.transaction,
        "dispute": None,
        "settlement": None,
        "id": told.id,
        "domain": "test",
        "currency": told.currency,
        "amount": told.amount,
        "status": told.status,
        "refunded_at": moment(told.refunded_at),
        "refunded_by": "merchant@shop.example",
        "customer_note": told.customer_note,
        "merchant_note": told.merchant_note,
        "deducted_amount": told.amount if told.status == "processed" else 0,
        "fully_deducted": 1 if told.status == "processed" else 0,
        "createdAt": moment(told.created),
        "bank_reference": None,
        "transaction_reference": told.reference,
        "reason": "",
        "customer": filled(payer_shape(transaction.email, account=account)) | {"metadata": ""},
        "refund_type": "full" if told.amount == transaction.amount else "partial",
        "transaction_amount": transaction.amount,
        "initiated_by": "merchant@shop.example",
        "refund_channel": "api",
        "session_id": None,
        "collect_account_number": False,
    }


def new_refund_shape(told: Refund, *, account: Account) -> Json:
    """When it is made the transaction is an object, and truth values are truth values."""
    transaction = account.transactions[told.transaction]
    shape = refund_shape(told, account=account)
    for name in ("dispute", "settlement", "refunded_at", "bank_reference", "transaction_reference", "customer"):
        del shape[name]
    return shape | {
        "transaction": {
            "id": transaction.id,
            "domain": "test",
            "reference": transaction.reference,
            "amount": transaction.amount,
            "paid_at": moment(transaction.paid),
            "paidAt": moment(transaction.paid),
            "channel": transaction.channel,
            "currency": transaction.currency,
            "authorization": {"exp_month": None, "exp_year": None, "account_name": None},
            "customer": {"international_format_phone": None},
            "plan": {},
            "subaccount": {"currency": None},
            "split": {},
            "order_id": None,
            "pos_transaction_data": None,
            "source": None,
            "fees_breakdown": None,
        },
        "channel": None,
        "fully_deducted": False,
        "expected_at": moment(told.created + 86_400 * 10),
        "updatedAt": moment(told.created),
    }


def customer_shape(told: Customer, *, account: Account) -> Json:
    kept = [each for each in account.authorizations.values() if each.email == told.email and each.is_active]
    return {
        "transactions": [],
        "subscriptions": [],
        "authorizations": [authorization_shape(each) for each in kept],
        "email": told.email,
        "first_name": told.first_name,
        "last_name": told.last_name,
        "phone": told.phone,
        "integration": INTEGRATION,
        "domain": "test",
        "metadata": {},
        "customer_code": told.code,
        "risk_action": "default",
        "id": told.id,
        "createdAt": moment(told.created),
        "updatedAt": moment(told.created),
        "created_at": moment(told.created),
        "updated_at": moment(told.created),
        "total_transactions": 0,
        "total_transaction_value": [],
        "dedicated_account": None,
        "dedicated_accounts": [],
        "identified": False,
        "identifications": None,
    }


def payer_shape(email: str, *, account: Account) -> Json:
    known = next((each for each in account.customers.values() if each.email == email), None)
    return {
        "id": known.id if known else 0,
        "first_name": known.first_name if known else None,
        "last_name": known.last_name if known else None,
        "email": email,
        "customer_code": known.code if known else "",
        "phone": known.phone if known else "",
        "metadata": None,
        "risk_action": "default",
        "international_format_phone": None,
    }


def filled(payer: Json) -> Json:
    """Refunds and disputes write an empty text where a transaction says null."""
    return {name: "" if value is None else value for name, value in payer.items()}


def _log(told: Transaction) -> Json:
    return {
        "start_time": told.created,
        "time_spent": 1,
        "attempts": 1 if told.card else 0,
        "errors": 1 if told.status == "failed" else 0,
        "success": told.paid is not None,
        "mobile": False,
        "input": [],
        "history": [],
    }
