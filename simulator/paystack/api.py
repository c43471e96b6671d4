"""Money in: transactions, saved cards, customers, refunds. Handlers answer (message, data, meta)."""

import re
from typing import Any

from simulator.paystack.accounts import Accounts
from simulator.paystack.cards import CARDS
from simulator.paystack.errors import PaystackError, invalid, not_found
from simulator.paystack.params import Context, amount_of, charge_amount, metadata_of, paged
from simulator.paystack.shapes import customer_shape, new_refund_shape, refund_shape, transaction_shape
from simulator.paystack.state import Customer, Refund, Transaction
from simulator.paystack.till import Till
from simulator.routing import Handler, Route
from simulator.world import World

Answer = tuple[str, Any, Any]
_REFERENCE = re.compile(r"[A-Za-z0-9.=-]{1,100}")
_CHANNELS = frozenset({
    "apple_pay", "bank", "bank_transfer", "capitec_pay", "card", "eft", "mobile_money", "payattitude", "qr", "ussd",
})  # fmt: skip
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class Api:
    def __init__(self, *, world: World, accounts: Accounts, till: Till) -> None:
        self._world = world
        self._accounts = accounts
        self._till = till

    def routes(self) -> list[Route]:
        handlers: dict[tuple[str, str], tuple[str, Handler]] = {
            ("POST", "/transaction/initialize"): ("initialize", self.initialize),
            ("POST", "/transaction/charge_authorization"): ("charge_authorization", self.charge_authorization),
            ("GET", "/transaction/verify/{reference}"): ("verify", self.verify),
            ("GET", "/transaction/{id}"): ("fetch_transaction", self.fetch_transaction),
            ("GET", "/transaction"): ("list_transactions", self.list_transactions),
            ("POST", "/customer"): ("create_customer", self.create_customer),
            ("GET", "/customer/{code}"): ("fetch_customer", self.fetch_customer),
            ("POST", "/customer/authorization/deactivate"): ("deactivate_authorization", self.deactivate),
            ("POST", "/refund"): ("refund", self.refund),
            ("GET", "/refund/{id}"): ("fetch_refund", self.fetch_refund),
            ("GET", "/refund"): ("list_refunds", self.list_refunds),
        }
        return [
            Route(method=method, path=path, operation=operation, handler=handler)
            for (method, path), (operation, handler) in handlers.items()
        ]

    def initialize(self, context: Context) -> Answer:
        transaction = self._new(context)
        transaction.callback_url = str(context.params.get("callback_url", ""))
        transaction.channels = _channels(context)
        self._accounts.keep(transaction)
        data = {
            "authorization_url": f"{context.base_url}/pay/paystack/{transaction.access_code}",
            "access_code": transaction.access_code,
            "reference": transaction.reference,
        }
        return "Authorization URL created", data, None

    def charge_authorization(self, context: Context) -> Answer:
        known = context.account.authorizations.get(context.text("authorization_code"))
        if known is None or not known.is_active:
            raise invalid("Authorization code is invalid")
        if known.email.lower() != context.text("email").lower():
            raise invalid("Email does not match Authorization code. Please confirm")
        transaction = self._new(context)
        transaction.authorization = known.id
        self._till.pay(transaction, card=CARDS[known.card])
        shape = transaction_shape(transaction, account=context.account)
        # Here, and nowhere else, the metadata is text.
        return "Charge attempted", shape | {"metadata": str(context.params.get("metadata", ""))}, None

    def verify(self, context: Context) -> Answer:
        transaction = context.account.by_reference.get(context.path["reference"])
        if transaction is None:
            raise not_found("Transaction reference", code="transaction_not_found")
        return "Verification successful", transaction_shape(transaction, account=context.account), None

    def fetch_transaction(self, context: Context) -> Answer:
        transaction = self._transaction(context, context.path["id"])
        return "Transaction retrieved", transaction_shape(transaction, account=context.account), None

    def list_transactions(self, context: Context) -> Answer:
        wanted = context.query.get("status")
        rows = [
            each
            for each in reversed(context.account.transactions.values())
            if context.is_within(each.created) and wanted in (None, each.status)
        ]
        page, meta = paged(context, rows)
        return "Transactions retrieved", [transaction_shape(each, account=context.account) for each in page], meta

    def create_customer(self, context: Context) -> Answer:
        """The customer of an e-mail address is one and the same."""
        email = _email(context)
        known = next((each for each in context.account.customers.values() if each.email == email), None)
        if known is None:
            known = Customer(
                id=self._accounts.number(),
                account=context.account.record.id,
                code=f"CUS_{self._world.token(length=15).lower()}",
                email=email,
                created=self._world.now(),
            )
        for name in ("first_name", "last_name", "phone"):
            setattr(known, name, str(context.params.get(name, getattr(known, name))))
        self._accounts.keep(known)
        return "Customer created", customer_shape(known, account=context.account), None

    def fetch_customer(self, context: Context) -> Answer:
        wanted = context.path["code"]
        for known in context.account.customers.values():
            if wanted in (known.code, known.email, str(known.id)):
                return "Customer retrieved", customer_shape(known, account=context.account), None
        raise not_found("Customer")

    def deactivate(self, context: Context) -> Answer:
        known = context.account.authorizations.get(context.text("authorization_code"))
        if known is None or not known.is_active:
            raise not_found("Authorization")
        known.is_active = False
        self._accounts.keep(known)
        return "Authorization has been deactivated", None, None

    def refund(self, context: Context) -> Answer:
        transaction = self._transaction(context, context.text("transaction"))
        if transaction.status == "reversed":
            raise PaystackError("Transaction has been fully reversed")
        if transaction.status != "success":
            raise invalid("Only a successful transaction can be refunded")
        open_refunds = [each for each in context.account.refunds.values() if each.transaction == transaction.id]
        asked = sum(each.amount for each in open_refunds if each.status not in ("failed", "processed"))
        left = transaction.amount - transaction.taken_back - asked
        amount = amount_of(context) if "amount" in context.params else left
        if not 0 < amount <= left:
            raise invalid("Refund amount cannot be more than what is left of the transaction")
        if context.params.get("currency", transaction.currency) != transaction.currency:
            raise invalid("Currency is not that of the transaction")
        refund = Refund(
            id=self._accounts.number(),
            account=context.account.record.id,
            transaction=transaction.id,
            reference=transaction.reference,
            amount=amount,
            currency=transaction.currency,
            created=self._world.now(),
            merchant_note=str(context.params.get("merchant_note") or f"Refund for {transaction.reference}"),
            customer_note=str(context.params.get("customer_note") or f"Refund for {transaction.reference}"),
        )
        self._till.start_refund(refund)
        return "Refund has been queued for processing", new_refund_shape(refund, account=context.account), None

    def fetch_refund(self, context: Context) -> Answer:
        key = context.path["id"]
        refund = context.account.refunds.get(int(key)) if key.isascii() and key.isdigit() else None
        if refund is None:
            raise not_found("Refund")
        return "Refund retrieved", refund_shape(refund, account=context.account), None

    def list_refunds(self, context: Context) -> Answer:
        wanted = context.query.get("transaction")
        rows = [
            each
            for each in reversed(context.account.refunds.values())
            if context.is_within(each.created) and wanted in (None, str(each.transaction))
        ]
        page, meta = paged(context, rows)
        del meta["total_volume"]
        meta |= {"perPage": str(meta["perPage"]), "failedRefundCount": 0}
        return "Refunds retrieved", [refund_shape(each, account=context.account) for each in page], meta

    def _new(self, context: Context) -> Transaction:
        """Checked, and not yet kept: a reference is taken for ever once it is."""
        currency = str(context.params.get("currency") or context.account.record.currencies[0])
        if currency not in context.account.record.currencies:
            raise PaystackError("Currency not supported by merchant")
        email, amount = _email(context), charge_amount(context, currency=currency)
        reference = str(context.params.get("reference") or self._world.token(length=10).lower())
        if _REFERENCE.fullmatch(reference) is None:
            raise invalid("Reference may hold letters, digits, -, . and = only")
        if reference in context.account.by_reference:
            raise PaystackError("Duplicate Transaction Reference", code="duplicate_reference")
        return Transaction(
            id=self._accounts.number(),
            account=context.account.record.id,
            reference=reference,
            access_code=self._world.token(length=15).lower(),
            email=email,
            amount=amount,
            requested_amount=amount,
            currency=currency,
            created=self._world.now(),
            metadata=metadata_of(context),
        )

    def _transaction(self, context: Context, key: str) -> Transaction:
        transaction = context.account.transaction(key)
        if transaction is None:
            raise not_found("Transaction", code="transaction_not_found")
        return transaction


def _channels(context: Context) -> list[str]:
    wanted = context.params.get("channels") or []
    if not isinstance(wanted, list) or not set(wanted) <= _CHANNELS:
        raise invalid("Channel is not one of the known channels")
    return wanted


def _email(context: Context) -> str:
    email = context.text("email")
    if _EMAIL.fullmatch(email) is None:
        raise invalid("Invalid Email Address Passed")
    return email
