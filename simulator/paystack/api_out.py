"""Money out and what is left: banks, recipients, transfers, balance, disputes, settlements."""

import re
from typing import Any

from simulator.paystack.accounts import Accounts
from simulator.paystack.errors import PaystackError, invalid, missing, not_found
from simulator.paystack.params import Context, amount_of, paged
from simulator.paystack.shapes import transaction_shape
from simulator.paystack.shapes_out import dispute_shape, recipient_shape, settlement_shape, transfer_shape
from simulator.paystack.state import Dispute, Recipient, Transfer
from simulator.paystack.till import Till
from simulator.routing import Handler, Route
from simulator.world import World

Answer = tuple[str, Any, Any]
_REFERENCE = re.compile(r"[a-z0-9_-]{16,50}")
OTP = "123456"
# Type of recipient -> currency and the codes of its banks or networks.
_BANKS = {
    "nuban": ("NGN", ("057", "001", "058")),
    "ghipss": ("GHS", ("030100", "040100")),
    "kepss": ("KES", ("01", "68")),
    "basa": ("ZAR", ("632005", "250655")),
}
_NETWORKS = {"GHS": ("MTN", "VOD", "ATL"), "KES": ("MPESA",), "XOF": ("MTN", "ORANGE", "WAVE")}


class ApiOut:
    def __init__(self, *, world: World, accounts: Accounts, till: Till) -> None:
        self._world = world
        self._accounts = accounts
        self._till = till

    def routes(self) -> list[Route]:
        handlers: dict[tuple[str, str], tuple[str, Handler]] = {
            ("GET", "/bank/resolve"): ("resolve_account", self.resolve_account),
            ("POST", "/transferrecipient"): ("recipient", self.recipient),
            ("POST", "/transfer"): ("transfer", self.transfer),
            ("POST", "/transfer/finalize_transfer"): ("finalize_transfer", self.finalize),
            ("POST", "/transfer/disable_otp"): ("disable_otp", self.disable_otp),
            ("POST", "/transfer/disable_otp_finalize"): ("disable_otp_finalize", self.disable_otp_finalize),
            ("GET", "/transfer/verify/{reference}"): ("verify_transfer", self.verify),
            ("GET", "/transfer/{code}"): ("fetch_transfer", self.fetch_transfer),
            ("GET", "/transfer"): ("list_transfers", self.list_transfers),
            ("GET", "/balance"): ("balance", self.balance),
            ("GET", "/dispute"): ("list_disputes", self.list_disputes),
            ("GET", "/dispute/{id}"): ("fetch_dispute", self.fetch_dispute),
            ("GET", "/dispute/transaction/{id}"): ("transaction_disputes", self.transaction_dispute),
            ("PUT", "/dispute/{id}/resolve"): ("resolve_dispute", self.resolve_dispute),
            ("GET", "/settlement"): ("list_settlements", self.list_settlements),
            ("GET", "/settlement/{id}/transactions"): ("settlement_transactions", self.settlement_transactions),
        }
        return [
            Route(method=method, path=path, operation=operation, handler=handler)
            for (method, path), (operation, handler) in handlers.items()
        ]

    def resolve_account(self, context: Context) -> Answer:
        number, bank = context.query.get("account_number", ""), context.query.get("bank_code", "")
        _check_account(number, bank, kind="nuban")
        return "Account number resolved", {"account_number": number, "account_name": "TEST PAYEE", "bank_id": 1}, None

    def recipient(self, context: Context) -> Answer:
        """The same account again is the same recipient."""
        kind, number = context.text("type"), context.text("account_number")
        bank, name = context.text("bank_code"), context.text("name")
        currency = _check_account(number, bank, kind=kind, currency=str(context.params.get("currency", "NGN")))
        for known in context.account.recipients.values():
            if (known.account_number, known.bank_code, known.currency) == (number, bank, currency):
                return "Transfer recipient created successfully", recipient_shape(known), None
        recipient = Recipient(
            id=self._accounts.number(),
            account=context.account.record.id,
            code=f"RCP_{self._world.token(length=15).lower()}",
            kind=kind,
            name=name,
            account_number=number,
            bank_code=bank,
            currency=currency,
            created=self._world.now(),
        )
        self._accounts.keep(recipient)
        return "Transfer recipient created successfully", recipient_shape(recipient), None

    def transfer(self, context: Context) -> Answer:
        record = context.account.record
        if context.text("source") != "balance":
            raise invalid("source must be balance")
        amount, reference = amount_of(context), context.text("reference")
        currency = str(context.params.get("currency") or "NGN")
        if _REFERENCE.fullmatch(reference) is None:
            raise invalid("reference must be 16 to 50 small letters, digits, - or _")
        if any(each.reference == reference for each in context.account.transfers.values()):
            raise PaystackError("Duplicate Transfer Reference", code="duplicate_reference")
        self._check_recipient(context, currency=currency)
        if record.business == "starter":
            raise PaystackError("You cannot initiate third party payouts as a starter business")
        if record.balances.get(currency, 0) < amount:
            raise PaystackError("Your balance is not enough to fulfil this request")
        now = self._world.now()
        transfer = Transfer(
            id=self._accounts.number(),
            account=record.id,
            code=f"TRF_{self._world.token(length=15).lower()}",
            reference=reference,
            recipient=context.text("recipient"),
            amount=amount,
            currency=currency,
            reason=str(context.params.get("reason", "")),
            created=now,
        )
        self._till.start_transfer(transfer)
        return "Transfer has been queued", transfer_shape(transfer, account=context.account, is_new=True), None

    def finalize(self, context: Context) -> Answer:
        transfer = self._transfer(context, context.text("transfer_code"))
        if transfer.status != "otp" or context.text("otp") != OTP:
            raise invalid("OTP is not valid")
        self._till.move_transfer(transfer, status=context.account.record.transfers)
        return "Transfer has been queued", transfer_shape(transfer, account=context.account, is_new=True), None

    def disable_otp(self, _context: Context) -> Answer:
        return "OTP has been sent to mobile number ending with 0000", None, None

    def disable_otp_finalize(self, context: Context) -> Answer:
        if context.text("otp") != OTP:
            raise invalid("OTP is not valid")
        context.account.record.needs_otp = False
        self._accounts.keep_account(context.account)
        return "OTP requirement for transfers has been disabled", None, None

    def verify(self, context: Context) -> Answer:
        reference = context.path["reference"]
        for transfer in context.account.transfers.values():
            if transfer.reference == reference:
                return "Transfer retrieved", transfer_shape(transfer, account=context.account), None
        raise PaystackError("Transfer not found", status=404)

    def fetch_transfer(self, context: Context) -> Answer:
        transfer = self._transfer(context, context.path["code"])
        return "Transfer retrieved", transfer_shape(transfer, account=context.account), None

    def list_transfers(self, context: Context) -> Answer:
        rows = [each for each in reversed(context.account.transfers.values()) if context.is_within(each.created)]
        page, meta = paged(context, rows)
        return "Transfers retrieved", [transfer_shape(each, account=context.account) for each in page], meta

    def balance(self, context: Context) -> Answer:
        record = context.account.record
        rows = [{"currency": code, "balance": record.balances.get(code, 0)} for code in record.currencies]
        return "Balances retrieved", rows, None

    def list_disputes(self, context: Context) -> Answer:
        rows = [each for each in reversed(context.account.disputes.values()) if context.is_within(each.created)]
        page, meta = paged(context, rows)
        return "Disputes retrieved", [dispute_shape(each, account=context.account) for each in page], meta

    def fetch_dispute(self, context: Context) -> Answer:
        return "Dispute retrieved", dispute_shape(self._dispute(context), account=context.account), None

    def transaction_dispute(self, context: Context) -> Answer:
        for dispute in reversed(context.account.disputes.values()):
            if str(dispute.transaction) == context.path["id"]:
                return "Dispute retrieved", dispute_shape(dispute, account=context.account), None
        raise not_found("Dispute")

    def resolve_dispute(self, context: Context) -> Answer:
        dispute = self._dispute(context)
        for name in ("message", "uploaded_filename"):
            context.text(name)
        self._till.resolve(dispute, resolution=context.text("resolution"))
        return "Dispute successfully resolved", dispute_shape(dispute, account=context.account), None

    def list_settlements(self, context: Context) -> Answer:
        rows = [each for each in reversed(context.account.settlements.values()) if context.is_within(each.date)]
        page, meta = paged(context, rows)
        return "Settlements retrieved", [settlement_shape(each) for each in page], meta

    def settlement_transactions(self, context: Context) -> Answer:
        key = context.path["id"]
        settlement = context.account.settlements.get(int(key)) if key.isascii() and key.isdigit() else None
        if settlement is None:
            raise not_found("Settlement")
        rows = [context.account.transactions[number] for number in reversed(settlement.transactions)]
        page, meta = paged(context, rows)
        return "Transactions retrieved", [transaction_shape(each, account=context.account) for each in page], meta

    def _check_recipient(self, context: Context, *, currency: str) -> None:
        code = context.text("recipient")
        known = next((each for each in context.account.recipients.values() if each.code == code), None)
        if known is None or known.currency != currency:
            raise PaystackError("Recipient specified is invalid", code="invalid_transfer_recipient")

    def _transfer(self, context: Context, key: str) -> Transfer:
        transfer = context.account.transfer(key)
        if transfer is None:
            raise PaystackError("Transfer not found", status=404)
        return transfer

    def _dispute(self, context: Context) -> Dispute:
        key = context.path["id"]
        dispute = context.account.disputes.get(int(key)) if key.isascii() and key.isdigit() else None
        if dispute is None:
            raise not_found("Dispute")
        return dispute


def _check_account(number: str, bank: str, *, kind: str, currency: str = "NGN") -> str:
    """The currency of the recipient. Ten nines are nobody's account, in every country."""
    if not number:
        raise missing("account_number")
    if kind == "mobile_money":
        banks: tuple[str, ...] = _NETWORKS.get(currency, ())
    elif kind in _BANKS:
        currency, banks = _BANKS[kind]
    else:
        raise invalid("type is not one of the known types")
    if bank not in banks:
        raise invalid("Bank is invalid")
    if not number.removeprefix("+").isdigit() or number == "9" * 10:
        raise PaystackError("Could not resolve account name. Check parameters or try again.", status=422)
    return currency
