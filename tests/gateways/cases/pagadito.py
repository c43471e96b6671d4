"""Pagadito in the contract suite, by APIPG. Connect has the same core: tests/gateways/test_pagadito_connect.py."""

from common.money import Money
from gateways.adapters.pagadito.gateway import PagaditoGateway
from gateways.contract import ChargeRequest, Credentials, GatewayReport, NextActionKind, Outcome
from gateways.http import GatewayHttp
from tests.gateways.cases import CANARY, Case, number
from tests.gateways.simulated import Simulator

STATUSES = {
    Outcome.SUCCEEDED: "COMPLETED",
    Outcome.PENDING: "VERIFYING",
    Outcome.DECLINED: "FAILED",
    Outcome.CANCELLED: "CANCELED",
    Outcome.EXPIRED: "EXPIRED",
}
PROOF = ("notification-id", "notification-timestamp", "auth-algo", "cert-url", "signature")
_NO_API = "Pagadito has no such operation"


def case(simulator: Simulator, http: GatewayHttp) -> Case:
    uid, wsk = f"uid{number()}", f"wsk{CANARY}{number()}"

    def remake(changed: Credentials, *, address: str = simulator.url) -> PagaditoGateway:
        return PagaditoGateway(changed, simulator=f"{address}/pagadito", http=http)

    def account(**changes: object) -> None:
        simulator.control("POST", "/pagadito/accounts", uid=uid, **changes)

    def end(report: GatewayReport, status: str) -> None:
        simulator.control("POST", f"/pagadito/transactions/{report.gateway_payment_id}/end", status=status)

    def act(_request: ChargeRequest, report: GatewayReport, outcome: Outcome) -> None:
        end(report, STATUSES[outcome])

    # Some merchants are said to hear the amount with the status: so there is something to lie about.
    account(wsk=wsk, tells_amount=True)
    credentials = Credentials({"uid": uid, "wsk": wsk, "webhook_max_age_seconds": "300"})
    return Case(
        name="pagadito",
        simulator=simulator,
        http=http,
        gateway=remake(credentials),
        credentials=credentials,
        remake=remake,
        account=uid,
        amount=Money(13_37, "USD"),
        action=NextActionKind.REDIRECT,
        operations={"charge": "exec_trans", "look_up": "get_status", "check_credentials": "connect"},
        act=act,
        reaches=frozenset(STATUSES),
        declined_code="FAILED",
        revoke=lambda: account(revoked=True),
        unlisted_error=(200, '{"code": "PG7777", "message": "code of tomorrow", "value": null}'),
        listen=lambda url: account(webhook_url=url),
        proof_headers=tuple(f"pagadito-{name}" for name in PROOF),
        other_secret={"wsk": "wsk_of_somebody_else"},
        empty_secret={"wsk": ""},
        reverse=lambda _request, report: end(report, "REVOKED"),
        cannot={
            "look_up_by_reference": "Pagadito answers to the token of a transaction alone",
            "amount_at_charge": "the answer to a charge is the page's address; what it is for is never repeated",
            "resend": "a reference that was sent before is refused (PG3018), and its page is not told again",
            "webhook_outcome": "the signature binds the body by a CRC32 alone, so the status is asked for",
            "cancel": _NO_API,
            "collect": "the money moves as soon as the payer has paid",
            "authorize": _NO_API,
            "refund": _NO_API,
            "payout": _NO_API,
            "customers": _NO_API,
            "balance": _NO_API,
            "settlements": _NO_API,
            "disputes": _NO_API,
            "mode": "nothing that Pagadito says tells its mode; each has hosts and credentials of its own",
            "mode_of_credentials": "a UID and a WSK look the same in both modes",
            "late_success": "a page that was closed, refused or has expired cannot be paid any more",
        },
    )
