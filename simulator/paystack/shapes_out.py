"""Records about money that leaves, as Paystack shows them: recipients, transfers, disputes, settlements."""

from simulator.paystack.shapes import INTEGRATION, filled, moment, transaction_shape
from simulator.paystack.state import Account, Dispute, Recipient, Settlement, Transfer
from simulator.wire import Json


def recipient_shape(told: Recipient) -> Json:
    return {
        "active": True,
        "createdAt": moment(told.created),
        "updatedAt": moment(told.created),
        "currency": told.currency,
        "domain": "test",
        "email": "",
        "description": "",
        "id": told.id,
        "integration": INTEGRATION,
        "metadata": {},
        "name": told.name,
        "recipient_code": told.code,
        "type": told.kind,
        "is_deleted": False,
        "isDeleted": False,
        "details": {
            "authorization_code": None,
            "account_number": told.account_number,
            "account_name": told.name,
            "bank_code": told.bank_code,
            "bank_name": "Test Bank",
        },
    }


def transfer_shape(told: Transfer, *, account: Account, is_new: bool = False) -> Json:
    recipient = next(each for each in account.recipients.values() if each.code == told.recipient)
    shape: Json = {
        "amount": told.amount,
        "createdAt": moment(told.created),
        "updatedAt": moment(told.transferred or told.created),
        "currency": told.currency,
        "domain": "test",
        "failures": None,
        "id": told.id,
        "integration": INTEGRATION,
        "reason": told.reason,
        "reference": told.reference,
        "source": "balance",
        "source_details": None,
        "status": told.status,
        "titan_code": None,
        "transfer_code": told.code,
        "transferred_at": moment(told.transferred),
        "request": told.id + 1,
    }
    if is_new:
        return shape | {"transfersessionid": [], "transfertrials": [], "recipient": recipient.id}
    return shape | {
        "recipient": recipient_shape(recipient),
        "session": {"provider": None, "id": None},
        "fee_charged": 0,
        "fees_breakdown": [],
        "gateway_response": told.gateway_response,
    }


def dispute_shape(told: Dispute, *, account: Account) -> Json:
    transaction = transaction_shape(account.transactions[told.transaction], account=account)
    receiver = {"receiver_bank_account_number": None, "receiver_bank": None}
    opened = {"status": "awaiting-merchant-feedback", "by": "bank@paystack.example", "createdAt": moment(told.created)}
    return {
        "id": told.id,
        "integration": INTEGRATION,
        "refund_amount": told.amount,
        "currency": told.currency,
        "status": told.status,
        "resolution": told.resolution,
        "domain": "test",
        "transaction": transaction
        | {
            "metadata": {"custom_fields": []},
            "authorization": transaction["authorization"] | receiver,
            "plan": {},
            "connect": {},
        },
        "transaction_reference": None,
        "merchant_transaction_reference": told.reference,
        "category": told.category,
        "customer": filled(transaction["customer"]) | {"metadata": {}},
        "created_by": 1,
        "bin": "",
        "last4": "0000",
        "dueAt": moment(told.due),
        "resolvedAt": moment(told.resolved),
        "evidence": None,
        "attachments": None,
        "note": None,
        "history": [opened],
        "messages": [],
        "createdAt": moment(told.created),
        "updatedAt": moment(told.resolved or told.created),
    }


def settlement_shape(told: Settlement) -> Json:
    return {
        "id": told.id,
        "domain": "test",
        "status": told.status,
        "currency": told.currency,
        "integration": INTEGRATION,
        "total_amount": told.processed,
        "effective_amount": told.effective,
        "total_fees": told.fees,
        "total_processed": told.processed,
        "deductions": told.deductions or None,
        "settlement_date": moment(told.date),
        "settled_by": None,
    }
