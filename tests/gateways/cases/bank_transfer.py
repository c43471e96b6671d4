"""Bank transfer in the contract suite: no call is made, so there is no network to fail and no answer to lie."""

from gateways.adapters.bank_transfer.gateway import BankTransferGateway
from gateways.contract import ChargeRequest, Credentials, GatewayReport, NextActionKind, Outcome
from gateways.http import GatewayHttp
from tests.gateways.cases import Case, number
from tests.gateways.simulated import Simulator

_NO_CALL = "no call is made: the instructions are worked out here, and money is told by statements"
_LATER = "a refund or payout is a file for the bank, which comes with payouts"
_NO_API = "a bank account has no such interface here"


def case(simulator: Simulator, http: GatewayHttp) -> Case:
    iban = german_iban(number())
    credentials = Credentials({"iban": iban, "bic": "COBADEFFXXX", "holder": "Odd Nights"})
    simulator.control("POST", "/bank_transfer/accounts", iban=iban, holder="Odd Nights")

    def remake(changed: Credentials, *, address: str = simulator.url) -> BankTransferGateway:
        return BankTransferGateway(changed, simulator=f"{address}/bank_transfer", http=http)

    def act(request: ChargeRequest, report: GatewayReport, outcome: Outcome) -> None:
        """The payer copies the reference into the bank's form."""
        amount = str(request.amount.to_decimal())
        reference = report.gateway_payment_id
        simulator.control("POST", f"/bank_transfer/accounts/{iban}/transfers", amount=amount, reference=reference)

    return Case(
        name="bank_transfer",
        simulator=simulator,
        http=http,
        gateway=remake(credentials),
        credentials=credentials,
        remake=remake,
        account=iban,
        action=NextActionKind.INSTRUCTIONS,
        operations={},
        act=act,
        reaches=frozenset({Outcome.SUCCEEDED}),
        cannot={
            "network": _NO_CALL,
            "record": "nobody keeps a record of instructions; a statement tells of the money",
            "collect": "the payer's transfer is the payment; nothing is left to take",
            "authorize": "a transfer cannot be held",
            "refund": _LATER,
            "payout": _LATER,
            "customers": _NO_API,
            "balance": _NO_API,
            "settlements": "our bank account is where settlements end",
            "disputes": "a transfer is not disputed; a return is an entry of a statement",
            "webhooks": "a bank calls nobody",
            "declined": "nobody can decline instructions",
            "late_success": "a late transfer is told by a statement, see tests/reconciliation/test_statements.py",
            "late_reversal": "a return is told by a statement, see tests/reconciliation/test_statements.py",
            "mode": "an account number is of no mode",
            "mode_of_credentials": "an account number is of no mode",
            "revoke": "there is nobody to refuse an account number",
            "unlisted_error": _NO_CALL,
        },
    )


def german_iban(account: int) -> str:
    """A well-formed IBAN of an account that nobody else uses."""
    basic = f"37040044{account % 10**10:010d}"
    return f"DE{98 - int(basic + '131400') % 97:02d}{basic}"
