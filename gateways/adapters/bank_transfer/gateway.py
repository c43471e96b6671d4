"""Bank transfer as the service sees it: tell the payer where to pay, wait for the bank's statement. No call is made.

What arrives comes in by statements (`reconciliation/statements.py`); nothing here can know whether money came.
"""

from collections.abc import Mapping
from datetime import timedelta

import msgspec
from django.utils.translation import gettext_noop as _

from gateways.adapters.bank_transfer import statements
from gateways.adapters.bank_transfer.account import (
    CREDENTIALS,
    AccountUnusable,
    BankAccount,
    bank_account,
)
from gateways.adapters.bank_transfer.error_table import ERRORS
from gateways.adapters.bank_transfer.reference import in_groups, reference_for
from gateways.contract import (
    ChargeRequest,
    Credentials,
    CredentialsCheck,
    GatewayProfile,
    GatewayReport,
    LookUpRequest,
    NextAction,
    NextActionKind,
    Outcome,
    WebhookTrust,
)
from gateways.http import GatewayHttp
from gateways.statements import Statement, StatementRefused

# What we say we do; there is no gateway that says it.
_WAITS = "waits_for_statement"
_CLOSED = "no_longer_expected"
# Those of SEPA, and of the countries outside it whose accounts we know the form of.
_SEPA = frozenset({"EUR", "CHF", "CZK", "DKK", "GBP", "HUF", "ISK", "NOK", "PLN", "RON", "SEK"})
_CURRENCIES = _SEPA | {"XOF", "XAF", "GTQ", "CRC", "DOP", "NIO", "USD"}
# SEPA takes 0.01 to 999 999 999.99; the service itself takes no single amount above 10^15 minor units.
_SEPA_LIMITS = {"EUR": (1, 99_999_999_999)}


class BankTransferGateway:
    """One bank account of ours. Its details are shown to payers, so none of them is secret."""

    profile = GatewayProfile(
        code="bank_transfer",
        display_name="Bank transfer",
        webhook_trust=WebhookTrust.HINT_ONLY,
        methods=frozenset({"bank_transfer"}),
        currencies=_CURRENCIES,
        limits=_SEPA_LIMITS,
        credentials=CREDENTIALS,
        # The instructions are worked out from the reference: asking again in a year gives the same.
        key_retention=timedelta(days=365),
        query_by_own_reference=True,
        not_found_is_final=False,
        cancelable=True,
        late_reversal_days=None,
        max_processing_time=timedelta(days=30),
        # A transfer takes days, and people pay at the end of the week.
        payer_has=timedelta(days=14),
    )
    errors = ERRORS

    def __init__(self, credentials: Credentials, *, simulator: str = "", http: GatewayHttp | None = None) -> None:
        self._credentials = credentials

    def charge(self, request: ChargeRequest) -> GatewayReport:
        """Instructions for the payer. Asked again with the same reference, they are the same to the letter."""
        if not request.capture:
            return GatewayReport(Outcome.NOT_SENT, error_code="hold_not_possible")
        if request.amount.currency not in _CURRENCIES:
            return GatewayReport(Outcome.NOT_SENT, error_code="amount_not_representable")
        try:
            account = bank_account(self._credentials)
        except AccountUnusable as wrong:
            return GatewayReport(Outcome.NOT_SENT, error_code="credentials_unusable", error_message=str(wrong))
        reference = reference_for(request.reference)
        return GatewayReport(
            Outcome.REQUIRES_ACTION,
            gateway_payment_id=reference,
            reference=request.reference,
            amount=request.amount,
            gateway_status=_WAITS,
            next_action=NextAction(NextActionKind.INSTRUCTIONS, _instructions(account, request, reference=reference)),
            raw={"reference": reference, "status": _WAITS},
        )

    def look_up(self, request: LookUpRequest) -> GatewayReport:
        """The payer has still to act as far as anybody knows here; a statement, not this, tells that money came."""
        return self._own_word(request, outcome=Outcome.REQUIRES_ACTION, status=_WAITS)

    def cancel(self, request: LookUpRequest) -> GatewayReport:
        """Stop expecting it. Nobody can keep a payer from sending it all the same: that is a late success."""
        return self._own_word(request, outcome=Outcome.CANCELLED, status=_CLOSED)

    def check_credentials(self) -> CredentialsCheck:
        try:
            account = bank_account(self._credentials)
        except AccountUnusable as wrong:
            return CredentialsCheck(works=False, text=str(wrong))
        return CredentialsCheck(works=True, text=_("The account number is well formed."), account_name=account.holder)

    def read_statement(self, body: bytes) -> tuple[Statement, ...]:
        """Raises StatementRefused."""
        try:
            account = bank_account(self._credentials)
        except AccountUnusable as wrong:
            raise StatementRefused(f"The gateway account cannot be used: {wrong}.") from wrong
        return statements.read(body, iban=account.iban, csv_profile=self._credentials.get("csv_profile"))

    def _own_word(self, request: LookUpRequest, *, outcome: Outcome, status: str) -> GatewayReport:
        try:
            bank_account(self._credentials)
        except AccountUnusable as wrong:
            return GatewayReport(Outcome.UNKNOWN, error_code="credentials_unusable", error_message=str(wrong))
        reference = reference_for(request.reference)
        if request.gateway_payment_id not in ("", reference):
            return GatewayReport(Outcome.UNKNOWN, error_code="contradiction", raw={"reference": reference})
        return GatewayReport(
            outcome,
            gateway_payment_id=reference,
            reference=request.reference,
            amount=request.amount,
            gateway_status=status,
            raw={"reference": reference, "status": status},
        )


def _instructions(account: BankAccount, request: ChargeRequest, *, reference: str) -> str:
    """JSON for the payer's page: what to type into the bank's form, each value as it is typed."""
    shown: Mapping[str, str] = {
        "iban": account.iban,
        "bic": account.bic,
        "holder": account.holder,
        "bank": account.bank_name,
        "amount": str(request.amount.to_decimal()),
        "currency": request.amount.currency,
        "reference": reference,
        "referenceInGroups": in_groups(reference),
        "payBefore": request.expires_at.date().isoformat() if request.expires_at else "",
    }
    return msgspec.json.encode({name: value for name, value in shown.items() if value}).decode()
