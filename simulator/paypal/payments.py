"""Payments v2: captures and holds of orders, refunds of captures, and captures that PayPal takes back."""

from decimal import Decimal

from simulator.paypal import money
from simulator.paypal.errors import PayPalError
from simulator.paypal.events import Cause
from simulator.paypal.ground import Context, Ground
from simulator.paypal.state import Account, Record, time_of
from simulator.wire import Json

_HOLD_DAYS = 29
_PATHS = {"capture": "captures", "authorization": "authorizations", "refund": "refunds"}
_CAPTURE_EVENTS = {"COMPLETED": "COMPLETED", "PENDING": "PENDING", "DECLINED": "DECLINED", "FAILED": "DECLINED"}
_OPEN_HOLDS = frozenset({"CREATED", "PENDING"})


class Payments:
    """Call with the world's lock held."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def shape(self, payment: Record, *, cause: Cause) -> Json:
        path = f"/v2/payments/{_PATHS[payment.kind]}/{payment.id}"
        links = [self._ground.link(cause, path, "self")]
        if payment.hidden.get("up"):
            links.append(self._ground.link(cause, payment.hidden["up"], "up"))
        shown = {"id": payment.id, **payment.shown, "links": links}
        if payment.kind == "capture":
            shown["supplementary_data"] = {"related_ids": {"order_id": payment.hidden["order"]}}
        return shown

    # --- Captures ----------------------------------------------------------------------------------------------------

    def new_capture(
        self,
        order: Record,
        *,
        account: Account,
        status: str,
        reason: str,
        cause: Cause,
        amount: Json | None = None,
        hold: str = "",
    ) -> Record:
        unit = order.shown["purchase_units"][0]
        shown = _common(unit, amount or unit["amount"], status=status, now=self._ground.now())
        shown |= {"final_capture": True} | ({"status_details": {"reason": reason}} if reason else {})
        up = f"/v2/payments/authorizations/{hold}" if hold else f"/v2/checkout/orders/{order.id}"
        capture = self._ground.accounts.add(
            account, "capture", self._ground.new_id(), shown=shown, order=order.id, up=up
        )
        if status == "COMPLETED":
            self._take(capture, account=account)
        self._publish(f"PAYMENT.CAPTURE.{_CAPTURE_EVENTS[status]}", capture, account=account, cause=cause)
        return capture

    def settle(self, capture: Record, *, account: Account, succeeds: bool, cause: Cause) -> None:
        """What was pending ends."""
        if capture.status != "PENDING":
            raise PayPalError(422, "TRANSACTION_REFUSED", text="The capture is not pending.")
        capture.shown.pop("status_details", None)
        self._ground.change(capture, status="COMPLETED" if succeeds else "DECLINED")
        if succeeds:
            self._take(capture, account=account)
        self._publish(f"PAYMENT.CAPTURE.{capture.status}", capture, account=account, cause=cause)

    def reverse(self, capture: Record, *, account: Account, cause: Cause, code: str = "T1106") -> None:
        """PayPal takes the money back. The news has the form of a refund and, as PayPal's, names only the capture."""
        if capture.status not in ("COMPLETED", "PARTIALLY_REFUNDED"):
            raise PayPalError(422, "TRANSACTION_REFUSED", text="Nothing of the capture is left to take back.")
        amount = capture.shown["amount"]
        self._ground.change(capture, status="REFUNDED", status_details={"reason": "CHARGEBACK"})
        now = self._ground.now()
        reversal = self._ground.accounts.add(
            account,
            "refund",
            self._ground.new_id(),
            shown={"status": "COMPLETED", "amount": amount, "create_time": now, "update_time": now},
            capture=capture.id,
            up=f"/v2/payments/captures/{capture.id}",
            is_reversal=True,
        )
        self._ground.book(
            account, code=code, amount=amount, sign=-1, transaction_id=reversal.id, about=("TXN", capture.id)
        )
        self._publish("PAYMENT.CAPTURE.REVERSED", reversal, account=account, cause=cause)

    # --- Holds -------------------------------------------------------------------------------------------------------

    def hold(self, order: Record, *, account: Account, cause: Cause) -> None:
        unit = order.shown["purchase_units"][0]
        shown = _common(unit, unit["amount"], status="CREATED", now=self._ground.now())
        shown["expiration_time"] = time_of(self._ground.world.now() + _HOLD_DAYS * 86_400)
        up = f"/v2/checkout/orders/{order.id}"
        hold = self._ground.accounts.add(
            account, "authorization", self._ground.new_id(), shown=shown, order=order.id, up=up
        )
        self._publish("PAYMENT.AUTHORIZATION.CREATED", hold, account=account, cause=cause)

    def capture_hold(self, context: Context) -> Record:
        hold = context.record("authorization")
        if hold.status == "CAPTURED":
            raise PayPalError(422, "AUTHORIZATION_ALREADY_CAPTURED")
        if hold.status not in _OPEN_HOLDS:
            raise PayPalError(422, "AUTHORIZATION_VOIDED")
        held = hold.shown["amount"]
        amount = money.checked(context.body.get("amount", held), field="/amount")
        if amount["currency_code"] != held["currency_code"]:
            raise PayPalError(422, "AUTH_CAPTURE_CURRENCY_MISMATCH")
        if Decimal(amount["value"]) > Decimal(held["value"]):
            raise PayPalError(422, "MAX_CAPTURE_AMOUNT_EXCEEDED")
        self._ground.change(hold, status="CAPTURED")
        order = context.account.of("order")[hold.hidden["order"]]
        return self.new_capture(
            order,
            account=context.account,
            status="COMPLETED",
            reason="",
            cause=context.cause,
            amount=amount,
            hold=hold.id,
        )

    def void(self, context: Context) -> Record:
        hold = context.record("authorization")
        if hold.status == "CAPTURED":
            raise PayPalError(422, "PREVIOUSLY_CAPTURED")
        if hold.status == "VOIDED":
            raise PayPalError(422, "PREVIOUSLY_VOIDED")
        self._ground.change(hold, status="VOIDED")
        self._publish("PAYMENT.AUTHORIZATION.VOIDED", hold, account=context.account, cause=context.cause)
        return hold

    # --- Refunds -----------------------------------------------------------------------------------------------------

    def refund(self, context: Context) -> Record:
        capture = context.record("capture")
        account, amount = context.account, self._refundable(context)
        custom = context.body.get("custom_id") or capture.shown.get("custom_id", "")
        now = self._ground.now()
        shown: Json = {"status": "COMPLETED", "amount": amount, "create_time": now, "update_time": now}
        if custom:
            shown["custom_id"] = custom
        refund = self._ground.accounts.add(
            account,
            "refund",
            self._ground.new_id(),
            shown=shown,
            capture=capture.id,
            up=f"/v2/payments/captures/{capture.id}",
            is_reversal=False,
        )
        currency, back = amount["currency_code"], self.given_back(capture, account=account)
        total = money.written(back, currency)
        refund.shown["seller_payable_breakdown"] = {
            "gross_amount": amount,
            "net_amount": amount,
            "total_refunded_amount": {"currency_code": currency, "value": total},
        }
        is_all = back >= Decimal(capture.shown["amount"]["value"])
        self._ground.change(capture, status="REFUNDED" if is_all else "PARTIALLY_REFUNDED")
        self._ground.book(
            account,
            code="T1107",
            amount=amount,
            sign=-1,
            transaction_id=refund.id,
            about=("TXN", capture.id),
            custom=custom,
        )
        self._publish("PAYMENT.CAPTURE.REFUNDED", refund, account=account, cause=context.cause)
        return refund

    def given_back(self, capture: Record, *, account: Account) -> Decimal:
        refunds = account.below("refund", capture=capture.id)
        return sum((Decimal(each.shown["amount"]["value"]) for each in refunds if _counts(each)), Decimal(0))

    def end_refund(self, refund: Record, *, account: Account, status: str, cause: Cause) -> None:
        """A refund that took its time, or that came back."""
        self._ground.change(refund, status=status)
        if status in ("PENDING", "FAILED"):
            self._publish(f"PAYMENT.REFUND.{status}", refund, account=account, cause=cause)

    def _refundable(self, context: Context) -> Json:
        capture = context.record("capture")
        taken = capture.shown["amount"]
        if capture.status == "PENDING":
            raise PayPalError(422, "PENDING_CAPTURE")
        if capture.status == "REFUNDED":
            raise PayPalError(422, "CAPTURE_FULLY_REFUNDED", text="The capture has already been fully refunded")
        if capture.status not in ("COMPLETED", "PARTIALLY_REFUNDED"):
            raise PayPalError(422, "REFUND_NOT_ALLOWED")
        amount = money.checked(context.body.get("amount", taken), field="/amount")
        if amount["currency_code"] != taken["currency_code"]:
            raise PayPalError(422, "REFUND_CAPTURE_CURRENCY_MISMATCH")
        left = Decimal(taken["value"]) - self.given_back(capture, account=context.account)
        if Decimal(amount["value"]) > left:
            raise PayPalError(422, "REFUND_AMOUNT_EXCEEDED")
        return amount

    def _take(self, capture: Record, *, account: Account) -> None:
        amount = capture.shown["amount"]
        fee, currency = money.fee_of(amount), amount["currency_code"]
        net = money.written(Decimal(amount["value"]) - Decimal(fee), currency)
        capture.shown["seller_receivable_breakdown"] = {
            "gross_amount": amount,
            "paypal_fee": {"currency_code": currency, "value": fee},
            "net_amount": {"currency_code": currency, "value": net},
        }
        self._ground.accounts.keep(capture)
        self._ground.book(
            account,
            code="T0006",
            amount=amount,
            fee=fee,
            transaction_id=capture.id,
            about=("ODR", capture.hidden["order"]),
            custom=capture.shown.get("custom_id", ""),
        )

    def _publish(self, event_type: str, payment: Record, *, account: Account, cause: Cause) -> None:
        capture = account.of("capture").get(payment.hidden.get("capture", ""))
        order_id = (capture or payment).hidden.get("order", "")
        order = account.of("order").get(order_id)
        unit = order.shown["purchase_units"][0] if order is not None else {}
        self._ground.publisher.publish(
            event_type,
            account,
            resource=self.shape(payment, cause=cause),
            payment=order_id,
            references=[payment.shown.get("custom_id", ""), unit.get("custom_id", "")],
            cause=cause,
        )


def _counts(refund: Record) -> bool:
    return refund.status in ("COMPLETED", "PENDING") and not refund.hidden.get("is_reversal")


def _common(unit: Json, amount: Json, *, status: str, now: str) -> Json:
    told = {name: unit[name] for name in ("custom_id", "invoice_id") if unit.get(name)}
    return {"status": status, "amount": amount, "create_time": now, "update_time": now, **told}
