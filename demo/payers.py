"""What a payer does at each gateway, by the simulator's control API: the page, the phone or the bank's form."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from demo.simulator import Simulator

Told = Mapping[str, Any]
# What the payer was told by our answer, and the payment's id at the gateway.
Act = Callable[[Simulator, Told, str], None]


def _stripe(simulator: Simulator, _told: Told, gateway_id: str) -> None:
    simulator.pay(gateway_id, card="pm_card_visa")


def _paypal(simulator: Simulator, _told: Told, gateway_id: str) -> None:
    """Approving moves no money: PayPal waits for us to collect."""
    simulator.control(f"paypal/orders/{gateway_id}/approve", funding="balance")


def _paystack(simulator: Simulator, _told: Told, gateway_id: str) -> None:
    simulator.control(f"paystack/transactions/{gateway_id}/pay", card="success")


def _cinetpay(simulator: Simulator, _told: Told, gateway_id: str) -> None:
    simulator.control(f"cinetpay/payments/{gateway_id}/end", outcome="accept", by="OM_CI")


def _mtn_momo(simulator: Simulator, _told: Told, gateway_id: str) -> None:
    """The PIN is entered on the phone."""
    simulator.control(f"mtn_momo/transactions/{gateway_id}/end", status="SUCCESSFUL")


def _orange_money(simulator: Simulator, _told: Told, gateway_id: str) -> None:
    simulator.control(f"orange_money/orders/{gateway_id}/end", status="SUCCESS")


def _pagadito(simulator: Simulator, _told: Told, gateway_id: str) -> None:
    simulator.control(f"pagadito/transactions/{gateway_id}/end", status="COMPLETED")


def _bank_transfer(simulator: Simulator, told: Told, _gateway_id: str) -> None:
    """The payer copies the instructions into the form of a bank."""
    wanted = json.loads(told["instructions"])
    simulator.control(
        f"bank_transfer/accounts/{wanted['iban']}/transfers",
        amount=wanted["amount"],
        currency=wanted["currency"],
        reference=wanted["referenceInGroups"],
        name="Ama Odd",
    )


ACTS: dict[str, Act] = {
    "stripe": _stripe,
    "paypal": _paypal,
    "paystack": _paystack,
    "cinetpay": _cinetpay,
    "mtn_momo": _mtn_momo,
    "orange_money": _orange_money,
    "pagadito": _pagadito,
    "bank_transfer": _bank_transfer,
}
