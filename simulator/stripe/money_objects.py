"""How money that moves after a payment looks on the wire: refunds, disputes, transfers, payouts, lines, the balance."""

from simulator.stripe.money_state import Dispute, Payout, Refund, Transfer
from simulator.stripe.state import Account, Transaction
from simulator.wire import Json

EVIDENCE_SECONDS = 7 * 24 * 3600
_EVIDENCE = (
    "access_activity_log billing_address cancellation_policy cancellation_policy_disclosure cancellation_rebuttal "
    "customer_communication customer_email_address customer_name customer_purchase_ip customer_signature "
    "duplicate_charge_documentation duplicate_charge_explanation duplicate_charge_id product_description receipt "
    "refund_policy refund_policy_disclosure refund_refusal_explanation service_date service_documentation "
    "shipping_address shipping_carrier shipping_date shipping_documentation shipping_tracking_number "
    "uncategorized_file uncategorized_text"
)


def refund_shape(refund: Refund) -> Json:
    shape: Json = {
        "id": refund.id,
        "object": "refund",
        "amount": refund.amount,
        "balance_transaction": refund.balance_transaction,
        "charge": refund.charge,
        "created": refund.created,
        "currency": refund.currency,
        "destination_details": {"card": {"type": "refund"}, "type": "card"},
        "metadata": refund.metadata,
        "payment_intent": refund.intent,
        "reason": refund.reason,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": refund.status,
        "transfer_reversal": None,
    }
    if refund.status == "pending":
        shape["pending_reason"] = "processing"
    if refund.failure_reason is not None:
        shape["failure_reason"] = refund.failure_reason
        shape["failure_balance_transaction"] = refund.failure_balance_transaction
    return shape


def dispute_shape(dispute: Dispute, *, account: Account, now: int) -> Json:
    is_inquiry = dispute.status.startswith("warning_")
    return {
        "id": dispute.id,
        "object": "dispute",
        "amount": dispute.amount,
        "balance_transactions": [
            transaction_shape(account.transactions[line], now=now) for line in dispute.transactions
        ],
        "charge": dispute.charge,
        "created": dispute.created,
        "currency": dispute.currency,
        "enhanced_eligibility_types": [],
        "evidence": {**dict.fromkeys(_EVIDENCE.split()), "enhanced_evidence": {}},
        "evidence_details": {
            "due_by": dispute.created + EVIDENCE_SECONDS,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": is_inquiry,
        "livemode": False,
        "metadata": {},
        "payment_intent": dispute.intent,
        "payment_method_details": {
            "card": {
                "brand": dispute.network,
                "case_type": "inquiry" if is_inquiry else "chargeback",
                "network_reason_code": "10.4",
            },
            "type": "card",
        },
        "reason": dispute.reason,
        "status": dispute.status,
    }


def transfer_shape(transfer: Transfer) -> Json:
    return {
        "id": transfer.id,
        "object": "transfer",
        "amount": transfer.amount,
        "amount_reversed": transfer.amount_reversed,
        "balance_transaction": transfer.balance_transaction,
        "created": transfer.created,
        "currency": transfer.currency,
        "description": transfer.given.get("description"),
        "destination": transfer.destination,
        "destination_payment": f"py_{transfer.id[3:]}",
        "livemode": False,
        "metadata": transfer.metadata,
        "reversals": {
            "object": "list",
            "data": [],
            "has_more": False,
            "url": f"/v1/transfers/{transfer.id}/reversals",
        },
        "reversed": transfer.amount_reversed == transfer.amount,
        "source_transaction": transfer.given.get("source_transaction"),
        "source_type": "card",
        "transfer_group": transfer.given.get("transfer_group"),
    }


def payout_shape(payout: Payout) -> Json:
    return {
        "id": payout.id,
        "object": "payout",
        "amount": payout.amount,
        "application_fee": None,
        "application_fee_amount": None,
        "arrival_date": payout.created,
        "automatic": payout.automatic,
        "balance_transaction": payout.balance_transaction,
        "created": payout.created,
        "currency": payout.currency,
        "description": payout.given.get("description"),
        "destination": payout.destination,
        "failure_balance_transaction": payout.failure_balance_transaction,
        "failure_code": payout.failure_code,
        "failure_message": "The bank returned the payout." if payout.failure_code else None,
        "livemode": False,
        "metadata": payout.metadata,
        "method": payout.given.get("method", "standard"),
        "original_payout": None,
        "payout_method": None,
        "reconciliation_status": "completed" if payout.automatic else "not_applicable",
        "reversed_by": None,
        "source_type": "card",
        "statement_descriptor": payout.given.get("statement_descriptor"),
        "status": payout.status,
        "trace_id": None,
        "type": "card" if payout.destination.startswith("card_") else "bank_account",
    }


def transaction_shape(line: Transaction, *, now: int) -> Json:
    return {
        "id": line.id,
        "object": "balance_transaction",
        "amount": line.amount,
        "available_on": line.available_on,
        "balance_type": "payments",
        "created": line.created,
        "currency": line.currency,
        "description": line.description,
        "exchange_rate": None,
        "fee": line.fee,
        "fee_details": _fee_details(line),
        "net": line.amount - line.fee,
        "reporting_category": line.category,
        "source": line.source,
        "status": "available" if line.available_on <= now else "pending",
        "type": line.type,
    }


def _fee_details(line: Transaction) -> list[Json]:
    if not line.fee:
        return []
    return [
        {
            "amount": line.fee,
            "application": None,
            "currency": line.currency,
            "description": "Stripe processing fees" if line.type == "charge" else "Dispute fee",
            "type": "stripe_fee",
        }
    ]


def balance_shape(account: Account, *, now: int) -> Json:
    sums: dict[str, list[int]] = {}
    for line in account.transactions.values():
        pair = sums.setdefault(line.currency, [0, 0])
        pair[0 if line.available_on <= now else 1] += line.amount - line.fee

    def rows(place: int) -> list[Json]:
        return [
            {"amount": pair[place], "currency": currency, "source_types": {"card": pair[place]}}
            for currency, pair in (sums or {"eur": [0, 0]}).items()
        ]

    return {"object": "balance", "available": rows(0), "livemode": False, "pending": rows(1)}
