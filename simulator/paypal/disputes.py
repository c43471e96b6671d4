"""Disputes v1: the payer complains about a capture; the control API or the sandbox's own call decides the case."""

from simulator.paypal.errors import PayPalError
from simulator.paypal.events import Cause
from simulator.paypal.ground import Context, Ground
from simulator.paypal.payments import Payments
from simulator.paypal.state import Account, Record
from simulator.wire import Json

BUYER, SELLER = "RESOLVED_BUYER_FAVOUR", "RESOLVED_SELLER_FAVOUR"
OUTCOMES = frozenset({BUYER, SELLER, "RESOLVED_WITH_PAYOUT", "CANCELED_BY_BUYER", "ACCEPTED", "DENIED"})
_LOST = frozenset({BUYER, "ACCEPTED"})


class Disputes:
    def __init__(self, ground: Ground, payments: Payments) -> None:
        self._ground = ground
        self._payments = payments

    def open(self, capture: Record, *, account: Account, reason: str, cause: Cause) -> Record:
        now = self._ground.now()
        transaction: Json = {
            "seller_transaction_id": capture.id,
            "create_time": capture.shown["create_time"],
            "transaction_status": "COMPLETED",
            "gross_amount": capture.shown["amount"],
        }
        if capture.shown.get("custom_id"):
            transaction["custom"] = capture.shown["custom_id"]
        shown: Json = {
            "status": "WAITING_FOR_SELLER_RESPONSE",
            "reason": reason,
            "dispute_life_cycle_stage": "CHARGEBACK",
            "dispute_channel": "INTERNAL",
            "dispute_amount": capture.shown["amount"],
            "disputed_transactions": [transaction],
            "create_time": now,
            "update_time": now,
        }
        dispute_id = f"PP-D-{self._ground.world.now() % 100_000}-{self._ground.new_id(4)}"
        dispute = self._ground.accounts.add(account, "dispute", dispute_id, shown=shown, capture=capture.id)
        self._publish("CREATED", dispute, account=account, cause=cause)
        return dispute

    def resolve(self, dispute: Record, *, account: Account, outcome: str, cause: Cause) -> None:
        """A case that is lost takes the money back as well, which is news of its own."""
        if outcome not in OUTCOMES:
            raise PayPalError(400, "INVALID_PARAMETER_VALUE", field="outcome")
        if dispute.status == "RESOLVED":
            raise PayPalError(422, name="ACTION_NOT_ALLOWED", text="The dispute is resolved.")
        self._ground.change(dispute, status="RESOLVED", dispute_outcome={"outcome_code": outcome})
        capture = account.of("capture")[dispute.hidden["capture"]]
        if outcome in _LOST and capture.status in ("COMPLETED", "PARTIALLY_REFUNDED"):
            self._payments.reverse(capture, account=account, cause=cause, code="T1201")
        self._publish("RESOLVED", dispute, account=account, cause=cause)

    def adjudicate(self, context: Context) -> Record:
        """The sandbox's own lever: {"adjudication_outcome": "BUYER_FAVOR"}."""
        outcome = {"BUYER_FAVOR": BUYER, "SELLER_FAVOR": SELLER}.get(str(context.body.get("adjudication_outcome")), "")
        dispute = context.record("dispute")
        self.resolve(dispute, account=context.account, outcome=outcome, cause=context.cause)
        return dispute

    def shape(self, dispute: Record, *, cause: Cause) -> Json:
        link = self._ground.link(cause, f"/v1/customer/disputes/{dispute.id}", "self")
        return {"dispute_id": dispute.id, **dispute.shown, "links": [link]}

    def _publish(self, name: str, dispute: Record, *, account: Account, cause: Cause) -> None:
        capture = account.of("capture")[dispute.hidden["capture"]]
        self._ground.publisher.publish(
            f"CUSTOMER.DISPUTE.{name}",
            account,
            resource=self.shape(dispute, cause=cause),
            payment=capture.hidden["order"],
            references=[capture.shown.get("custom_id", "")],
            cause=cause,
        )
