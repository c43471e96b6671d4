"""Orders v2: made by the shop, approved by the payer, captured or authorized once by the shop.

How the payer pays decides how the capture ends; see FUNDINGS.
"""

from types import MappingProxyType
from urllib.parse import urlsplit

from simulator.paypal import money
from simulator.paypal.errors import PayPalError, invalid, missing
from simulator.paypal.events import Cause
from simulator.paypal.ground import Context, Ground
from simulator.paypal.payments import Payments
from simulator.paypal.state import Account, Record
from simulator.wire import Json

# What the payer can choose: (label, status of the capture, its reason, or the issue of a refusal).
FUNDINGS = MappingProxyType(
    {
        "balance": ("PayPal balance", "COMPLETED", ""),
        "echeck": ("eCheck: takes days", "PENDING", "ECHECK"),
        "review": ("Under review at PayPal", "PENDING", "PENDING_REVIEW"),
        "declined": ("Declined after approval", "DECLINED", ""),
        "instrument_declined": ("Card that is declined, another may be chosen", "", "INSTRUMENT_DECLINED"),
        "refused": ("Refused for PayPal's rules", "", "TRANSACTION_REFUSED"),
        "restricted": ("Restricted payer", "", "PAYER_ACCOUNT_RESTRICTED"),
    }
)
_TEXT_LIMITS = {"custom_id": 127, "invoice_id": 127, "description": 127, "soft_descriptor": 22, "reference_id": 256}
OPEN = frozenset({"CREATED", "SAVED", "PAYER_ACTION_REQUIRED", "APPROVED"})


class Orders:
    def __init__(self, ground: Ground, payments: Payments) -> None:
        self._ground = ground
        self._payments = payments

    def create(self, context: Context) -> Record:
        intent, units = context.body.get("intent"), context.body.get("purchase_units")
        if intent is None:
            raise missing("/intent")
        if intent not in ("CAPTURE", "AUTHORIZE"):
            raise invalid("/intent")
        if not isinstance(units, list) or not units:
            raise missing("/purchase_units")
        if len(units) > 10:
            raise PayPalError(400, "INVALID_ARRAY_MAX_ITEMS", field="/purchase_units")
        shown = [_unit(unit, number) for number, unit in enumerate(units)]
        source = context.body.get("payment_source", {})
        experience = _experience(source) if source else {}
        now = self._ground.now()
        order: Json = {
            "intent": intent,
            "status": "PAYER_ACTION_REQUIRED" if source else "CREATED",
            "purchase_units": shown,
            "create_time": now,
        }
        if source:
            order["payment_source"] = {"paypal": {}}
        return self._ground.accounts.add(
            context.account,
            "order",
            self._ground.new_id(),
            shown=order,
            experience=experience,
            by_source=bool(source),
            funding="",
        )

    def shape(self, order: Record, *, account: Account, cause: Cause) -> Json:
        shown = {"id": order.id, **order.shown, "links": self._links(order, cause)}
        payments: Json = {}
        for kind, name in (("authorization", "authorizations"), ("capture", "captures")):
            found = [self._payments.shape(each, cause=cause) for each in account.below(kind, order=order.id)]
            if found:
                payments[name] = found
        if payments:
            shown["purchase_units"] = [{**order.shown["purchase_units"][0], "payments": payments}]
        return shown

    def approve(self, order: Record, *, account: Account, funding: str, cause: Cause) -> None:
        """The payer agreed on PayPal's page. Raises PayPalError when it is too late."""
        if funding not in FUNDINGS:
            raise invalid("funding", text=f"Known are {', '.join(FUNDINGS)}.")
        if order.status not in OPEN:
            raise PayPalError(422, "ORDER_COMPLETED_OR_VOIDED")
        order.hidden["funding"] = funding
        self._ground.change(order, status="APPROVED", payer={"payer_id": self._ground.payer_id()})
        # A second apart or not, each approval is told from the one before.
        order.hidden["approvals"] = order.hidden.get("approvals", 0) + 1
        order.shown["update_time"] = f"{order.shown['update_time'][:-1]}.{order.hidden['approvals']:03d}Z"
        self._publish("APPROVED", order, account=account, cause=cause)

    def close(self, order: Record, *, account: Account, cause: Cause) -> None:
        """As when PayPal voids it."""
        self._ground.change(order, status="VOIDED")
        self._publish("VOIDED", order, account=account, cause=cause)

    def take(self, context: Context, *, verb: str) -> Record:
        """Capture or authorize an approved order, once."""
        order = context.record("order")
        if order.shown["intent"] != verb.upper():
            raise PayPalError(422, "ACTION_DOES_NOT_MATCH_INTENT")
        if order.status == "COMPLETED":
            raise PayPalError(422, "ORDER_ALREADY_CAPTURED" if verb == "capture" else "ORDER_ALREADY_AUTHORIZED")
        if order.status == "VOIDED":
            raise PayPalError(422, "ORDER_COMPLETED_OR_VOIDED")
        if order.status != "APPROVED":
            raise PayPalError(422, "ORDER_NOT_APPROVED", text="Payer has not yet approved the Order for payment.")
        _label, status, reason = FUNDINGS[order.hidden["funding"]]
        if not status:
            raise self._refusal(order, issue=reason, cause=context.cause)
        self._check_invoice(order, account=context.account)
        self._ground.change(order, status="COMPLETED")
        if verb == "authorize":
            self._payments.hold(order, account=context.account, cause=context.cause)
        else:
            self._payments.new_capture(
                order, account=context.account, status=status, reason=reason, cause=context.cause
            )
        if status == "COMPLETED":
            self._publish("COMPLETED", order, account=context.account, cause=context.cause)
        return order

    def _refusal(self, order: Record, *, issue: str, cause: Cause) -> PayPalError:
        links = []
        if issue == "INSTRUMENT_DECLINED":
            self._ground.change(order, status="PAYER_ACTION_REQUIRED")
            links = [{"href": self.page(order, cause), "rel": "redirect", "method": "GET"}]
        return PayPalError(422, issue, links=links, is_kept=True)

    def _check_invoice(self, order: Record, *, account: Account) -> None:
        invoice = order.shown["purchase_units"][0].get("invoice_id")
        for other in account.of("order").values():
            is_same = other is not order and other.shown["purchase_units"][0].get("invoice_id") == invoice
            if invoice and is_same and other.status == "COMPLETED":
                raise PayPalError(422, "DUPLICATE_INVOICE_ID", text="Duplicate Invoice ID detected.")

    def page(self, order: Record, cause: Cause) -> str:
        return f"{cause.base_url}/pay/paypal/checkoutnow?token={order.id}"

    def _links(self, order: Record, cause: Cause) -> list[Json]:
        path = f"/v2/checkout/orders/{order.id}"
        links = [self._ground.link(cause, path, "self")]
        if order.status in ("CREATED", "SAVED", "PAYER_ACTION_REQUIRED"):
            rel = "payer-action" if order.hidden["by_source"] else "approve"
            links.append({"href": self.page(order, cause), "rel": rel, "method": "GET"})
        if order.status == "APPROVED":
            verb = order.shown["intent"].lower()
            links.append(self._ground.link(cause, f"{path}/{verb}", verb, "POST"))
        return links

    def _publish(self, name: str, order: Record, *, account: Account, cause: Cause) -> None:
        self._ground.publisher.publish(
            f"CHECKOUT.ORDER.{name}",
            account,
            resource=self.shape(order, account=account, cause=cause),
            payment=order.id,
            references=references_of(order),
            cause=cause,
        )


def references_of(order: Record) -> list[str]:
    unit = order.shown["purchase_units"][0]
    return [unit[name] for name in ("custom_id", "invoice_id") if unit.get(name)]


def _unit(unit: object, number: int) -> Json:
    field = f"/purchase_units/@number=={number}"
    if not isinstance(unit, dict):
        raise invalid(field)
    shown: Json = {"reference_id": unit.get("reference_id", "default")}
    shown["amount"] = money.checked(unit.get("amount"), field=f"{field}/amount")
    for name, most in _TEXT_LIMITS.items():
        text = unit.get(name)
        if text is None:
            continue
        if not isinstance(text, str) or not 1 <= len(text) <= most:
            raise PayPalError(400, "INVALID_STRING_LENGTH", field=f"{field}/{name}")
        shown[name] = text
    return shown


def _experience(source: object) -> Json:
    wallet = source.get("paypal") if isinstance(source, dict) else None
    if not isinstance(wallet, dict):
        raise PayPalError(422, "PAYMENT_SOURCE_CANNOT_BE_USED", field="/payment_source")
    experience = wallet.get("experience_context", {})
    for name in ("return_url", "cancel_url"):
        if name in experience and urlsplit(str(experience[name])).scheme not in ("http", "https"):
            raise PayPalError(400, "INVALID_PARAMETER_SYNTAX", field=f"/payment_source/paypal/{name}")
    return dict(experience)
