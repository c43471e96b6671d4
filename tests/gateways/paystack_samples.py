"""Answers of Paystack with the fields that matter, for tests that give the adapter its words."""

import json
from typing import Any

from tests.gateways.scripted import ScriptedServer


def transaction(**changes: Any) -> dict[str, Any]:
    told = {
        "id": 4_099_260_516,
        "domain": "test",
        "status": "success",
        "reference": "att.odd-1",
        "amount": 13_371,
        "requested_amount": 13_371,
        "currency": "NGN",
        "fees": 201,
        "channel": "card",
        "gateway_response": "Successful",
        "paid_at": "2026-08-22T09:15:02.000Z",
        "created_at": "2026-08-22T09:14:24.000Z",
        "metadata": "",
        "customer": {"id": 1, "email": "ada@payer.example", "phone": None},
        "authorization": {"authorization_code": "AUTH_odd", "last4": "0000", "reusable": True},
    }
    return told | changes


def transfer(**changes: Any) -> dict[str, Any]:
    told = {
        "id": 860_703_114,
        "domain": "test",
        "status": "success",
        "reference": "payout_0000000000000001",
        "transfer_code": "TRF_odd",
        "amount": 42_13,
        "currency": "NGN",
        "transferred_at": "2026-08-22T09:15:02.000Z",
    }
    return told | changes


def refund(**changes: Any) -> dict[str, Any]:
    told = {
        "id": 15_387_205,
        "domain": "test",
        "status": "pending",
        "transaction": 4_099_260_516,
        "transaction_reference": "att.odd-1",
        "amount": 4_21,
        "currency": "NGN",
        "merchant_note": "ref_odd",
        "createdAt": "2026-08-22T09:20:02.000Z",
    }
    return told | changes


def dispute(**changes: Any) -> dict[str, Any]:
    told = {
        "id": 358_950,
        "domain": "test",
        "status": "awaiting-merchant-feedback",
        "resolution": None,
        "refund_amount": 13_371,
        "currency": "NGN",
        "transaction": {"id": 4_099_260_516, "reference": "att.odd-1", "amount": 13_371, "currency": "NGN"},
        "dueAt": "2026-08-23T09:15:02.000Z",
        "createdAt": "2026-08-22T09:15:02.000Z",
    }
    return told | changes


def answer(data: Any, *, status: bool = True) -> bytes:
    return json.dumps({"status": status, "message": "said", "data": data}).encode()


def refusal(message: str, **more: Any) -> bytes:
    return json.dumps({"status": False, "message": message} | more).encode()


def sent(scripted: ScriptedServer, number: int = -1) -> tuple[str, Any]:
    """Method with path, and body, of one request that the adapter made."""
    head, _, body = scripted.requests[number].partition(b"\r\n\r\n")
    return head.split(b"\r\n")[0].decode().rpartition(" ")[0], json.loads(body) if body else None
