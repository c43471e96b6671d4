"""Payouts v1: batches of items that PayPal works off a moment later. A sender's batch id counts once in 30 days."""

from simulator.paypal import money
from simulator.paypal.errors import PayPalError, missing
from simulator.paypal.events import Cause
from simulator.paypal.ground import Context, Ground
from simulator.paypal.state import Account, Record
from simulator.wire import Json

WORKED_OFF_SECONDS = 3.0
_RETENTION_SECONDS = 30 * 86_400
_FEE_PERCENT = 2
# Negative testing by the item's note: (HTTP status, name).
NOTES = {
    "ERRPYO001": (403, "SENDER_RESTRICTED"),
    "ERRPYO002": (403, "SENDER_EMAIL_UNCONFIRMED"),
    "ERRPYO003": (403, "AUTHORIZATION_ERROR"),
    "ERRPYO005": (422, "INSUFFICIENT_FUNDS"),
    "ERRPYO006": (500, "INTERNAL_ERROR"),
    "ERRPYO010": (400, "VALIDATION_ERROR"),
}
_EVENTS = {
    "SUCCESS": "SUCCEEDED", "FAILED": "FAILED", "BLOCKED": "BLOCKED", "CANCELED": "CANCELED", "ONHOLD": "HELD",
    "RETURNED": "RETURNED", "REFUNDED": "REFUNDED", "UNCLAIMED": "UNCLAIMED", "DENIED": "DENIED",
}  # fmt: skip
_TAKEN_BACK = frozenset({"RETURNED", "REFUNDED", "REVERSED", "FAILED", "BLOCKED", "CANCELED", "DENIED"})
_RECIPIENTS = frozenset({"EMAIL", "PHONE", "PAYPAL_ID", "USER_HANDLE"})


class Payouts:
    """One item per batch is what the stand-in works off."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def create(self, context: Context) -> Record:
        header, items = context.body.get("sender_batch_header"), context.body.get("items")
        if not isinstance(header, dict) or not isinstance(items, list) or not items:
            raise missing("sender_batch_header" if not isinstance(header, dict) else "items")
        if len(items) != 1:
            raise _invalid("items", "The simulator takes one item per batch")
        item = _item(items[0])
        if item.get("note") in NOTES:
            status, name = NOTES[item["note"]]
            raise PayPalError(status, name=name, text=name.replace("_", " ").capitalize())
        sender_id = str(header.get("sender_batch_id", ""))
        self._check_first(context, sender_id)
        amount = {"currency_code": item["amount"]["currency"], "value": item["amount"]["value"]}
        fee = self._fee(amount)
        self._check_funds(context.account, amount, fee=fee)
        now = self._ground.now()
        batch = self._ground.accounts.add(
            context.account,
            "batch",
            self._ground.new_id(13),
            shown={"batch_status": "PENDING", "time_created": now, "sender_batch_header": dict(header)},
            item_id=self._ground.new_id(13),
            item=item,
            status="PENDING",
            fee=fee,
            transaction=self._ground.new_id(),
            sender=sender_id,
        )
        self._ground.book(
            context.account, code="T0001", amount=amount, sign=-1, fee=fee, transaction_id=batch.hidden["transaction"],
            custom=item.get("sender_item_id", ""),
        )  # fmt: skip
        self.work_off_later(batch)
        return batch

    def header(self, batch: Record, *, cause: Cause) -> Json:
        """What the answer to a new batch shows."""
        shown = {name: batch.shown[name] for name in ("batch_status", "sender_batch_header")}
        link = self._ground.link(cause, f"/v1/payments/payouts/{batch.id}", "self")
        return {"batch_header": {"payout_batch_id": batch.id, **shown}, "links": [link]}

    def shape(self, batch: Record, *, cause: Cause) -> Json:
        amount, fee = batch.hidden["item"]["amount"], batch.hidden["fee"]
        return {
            "total_items": 1,
            "total_pages": 1,
            "batch_header": {
                "payout_batch_id": batch.id,
                **batch.shown,
                "amount": amount,
                "fees": {"currency": amount["currency"], "value": fee},
            },
            "items": [self.item_shape(batch, cause=cause)],
            "links": [self._ground.link(cause, f"/v1/payments/payouts/{batch.id}", "self")],
        }

    def item_shape(self, batch: Record, *, cause: Cause) -> Json:
        hidden = batch.hidden
        shown: Json = {
            "payout_item_id": hidden["item_id"],
            "transaction_id": hidden["transaction"],
            "transaction_status": hidden["status"],
            "payout_item_fee": {"currency": hidden["item"]["amount"]["currency"], "value": hidden["fee"]},
            "payout_batch_id": batch.id,
            "payout_item": hidden["item"],
            "time_processed": batch.shown.get("time_completed", batch.shown["time_created"]),
            "links": [self._ground.link(cause, f"/v1/payments/payouts-item/{hidden['item_id']}", "item")],
        }
        if hidden.get("error"):
            shown["errors"] = {"name": hidden["error"], "message": hidden["error"], "debug_id": "0", "details": []}
        return shown

    def find_item(self, account: Account, item_id: str) -> Record | None:
        return next(account.below("batch", item_id=item_id), None)

    def work_off_later(self, batch: Record) -> None:
        self._ground.world.timers.add(lambda: self._work_off(batch), delay_seconds=WORKED_OFF_SECONDS)

    def _work_off(self, batch: Record) -> None:
        with self._ground.world.lock:
            account = self._ground.accounts.find(batch.account)
            if account is None or batch.hidden["status"] != "PENDING":
                return
            status, error = _fate(batch.hidden["item"])
            self.end(batch, account=account, status=status, error=error, cause=Cause())

    def end(self, batch: Record, *, account: Account, status: str, cause: Cause, error: str = "") -> None:
        """The item ends like this; money that did not arrive comes back once."""
        hidden = batch.hidden
        amount = {"currency_code": hidden["item"]["amount"]["currency"], "value": hidden["item"]["amount"]["value"]}
        if status in _TAKEN_BACK and not hidden.get("is_back"):
            hidden["is_back"] = True
            self._ground.book(account, code="T1100", amount=amount, about=("TXN", hidden["transaction"]))
        hidden |= {"status": status, "error": error}
        batch_status = "DENIED" if error == "RECEIVER_ACCOUNT_INVALID" else "SUCCESS"
        batch.shown |= {"batch_status": batch_status, "time_completed": self._ground.now()}
        self._ground.accounts.keep(batch)
        if status in _EVENTS:
            resource = {
                **self.item_shape(batch, cause=cause),
                "sender_batch_id": hidden["sender"],
            }
            self._ground.publisher.publish(
                f"PAYMENT.PAYOUTS-ITEM.{_EVENTS[status]}",
                account,
                resource=resource,
                payment=batch.id,
                references=[hidden["sender"]],
                cause=cause,
            )

    def _check_first(self, context: Context, sender_id: str) -> None:
        since = self._ground.world.now() - _RETENTION_SECONDS
        for batch in context.account.below("batch", sender=sender_id):
            if sender_id and batch.created > since:
                error = PayPalError(400, name="USER_BUSINESS_ERROR", text="User business error.")
                link = self._ground.link(context.cause, f"/v1/payments/payouts/{batch.id}", "self")
                issue = "Batch with given sender_batch_id already exists"
                error.body["details"] = [
                    {"field": "SENDER_BATCH_ID", "location": "body", "issue": issue, "link": [link]}
                ]
                raise error

    def _check_funds(self, account: Account, amount: Json, *, fee: str) -> None:
        currency = amount["currency_code"]
        wanted = money.minor(amount["value"], currency) + money.minor(fee, currency)
        if self._ground.balance(account, currency) < wanted:
            raise PayPalError(422, name="INSUFFICIENT_FUNDS", text="Sender does not have sufficient funds.")

    def _fee(self, amount: Json) -> str:
        currency = amount["currency_code"]
        cents = max(1, money.minor(amount["value"], currency) * _FEE_PERCENT // 100)
        return str(cents) if currency in money.WHOLE else f"{cents // 100}.{cents % 100:02d}"


def _item(item: object) -> Json:
    if not isinstance(item, dict):
        raise _invalid("items[0]", "Value is invalid")
    receiver, recipient_type = item.get("receiver"), item.get("recipient_type", "EMAIL")
    if not receiver or not isinstance(receiver, str) or len(receiver) > 127:
        raise _invalid("items[0].receiver", "Required field missing")
    if recipient_type not in _RECIPIENTS:
        raise _invalid("items[0].recipient_type", "Value is invalid (must be EMAIL or PAYPAL_ID or PHONE)")
    if recipient_type == "EMAIL" and "@" not in receiver:
        raise _invalid("items[0].receiver", "Value is not an e-mail address")
    if len(str(item.get("sender_item_id", ""))) > 63:
        raise _invalid("items[0].sender_item_id", "Value is too long")
    amount = money.checked(item.get("amount"), field="items[0].amount", currency_name="currency")
    return {**item, "recipient_type": recipient_type, "amount": amount}


def _fate(item: Json) -> tuple[str, str]:
    """Magic receivers: an account that is none, and an address that nobody has claimed."""
    receiver = item["receiver"]
    if item["recipient_type"] == "PAYPAL_ID" and not (len(receiver) == 13 and receiver.isalnum()):
        return "FAILED", "RECEIVER_ACCOUNT_INVALID"
    return ("UNCLAIMED", "RECEIVER_UNREGISTERED") if receiver.startswith("unclaimed") else ("SUCCESS", "")


def _invalid(field: str, issue: str) -> PayPalError:
    error = PayPalError(400, name="VALIDATION_ERROR", text="Invalid request - see details")
    error.body["details"] = [{"field": field, "location": "body", "issue": issue}]
    return error
