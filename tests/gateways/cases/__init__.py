"""The adapters in the contract suite: how each is set up, and which of the simulator's levers belong to it.

One file per gateway in this package, named for its code, with `case(simulator, http) -> Case`. Found by themselves.
"""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import pytest

from common.money import Money
from gateways.contract import (
    CaptureRequest,
    ChargeRequest,
    Credentials,
    Destination,
    GatewayReport,
    LookUpRequest,
    NextActionKind,
    Outcome,
    PayoutRequest,
    RefundRequest,
)
from gateways.http import GatewayHttp
from tests.gateways.simulated import Simulator
from tests.gateways.stripe_samples import CANARY, NOW

__all__ = ["CANARY", "NOW", "Case", "codes", "make", "number"]

_numbers = itertools.count(1)
Remake = Callable[..., Any]


def number() -> int:
    """Another one at each call, for credentials and references that no other test has."""
    return next(_numbers)


def nothing_to_do(*_: Any) -> None:
    """The lever of a gateway that needs none."""


@dataclass
class Case:
    """What the suite needs to know of one adapter beyond the contract. Levers drive the simulator's control API.

    --- always ---
    name            the adapter's code, which is also the simulator's name of the gateway
    gateway         the adapter, made with `credentials` and `http`, in front of `simulator`
    credentials     of an account that nobody else uses: put number() into them. Every required value must be there
    remake          remake(credentials, *, address=simulator.url) -> adapter, with the same `http`. `address` is where
                    the simulator would be, without the gateway's name
    amount          what a charge asks for; odd, and representable as it is and split in two parts
    action          what the payer is asked to do after a fresh charge. `fresh` are the outcomes such a report may have
    request_fields  what else a ChargeRequest of this gateway needs (payer_phone, country, …)
    operations      operation of the suite -> the simulator's name of the call to spoil, one of: charge, look_up,
                    look_up_by_reference, cancel, capture, collect, refund, look_up_refund, payout, look_up_payout,
                    balance, settlements, check_credentials. Every one that the adapter can do must be named
    act             act(request, report, outcome): the payer, the bank or time ends the charge so at the simulator. With
                    APPROVED in `reaches`, SUCCEEDED is brought about by the suite: act(APPROVED), then `collect`
    reaches         the outcomes that act can bring about; SUCCEEDED or APPROVED must be among them
    declined_code   the error code that a look-up tells after act(DECLINED)
    revoke          revoke(): from now on the simulator refuses the credentials of this account
    account         the account's name in the simulator's books (its `account` field there)
    cannot          what this gateway cannot have -> why. The only way to skip a test; see `needs` for the words
    verdicts        where a fault does not leave doubt: "operation/fault" or "fault" -> the outcome it truly has, such
                    as {"charge/rate_limit_429": NOT_SENT}; everything else must be UNKNOWN
    unlisted_error  (HTTP status, body) of an error in the gateway's form with a code that nobody listed
    in_books        a Money as the books of the simulator write it; minor units unless told
    --- webhooks (unless cannot["webhooks"]) ---
    listen          listen(url): the gateway sends this account's webhooks there. Every charge has webhook_url=url, too
    proof_headers   the headers, lower case, whose absence must be refused (unless cannot["webhook_proof"])
    other_secret    credentials that differ: another account's secret. `empty_secret`: ones that close the endpoint
    sign            sign(body) -> IncomingWebhook received now, signed with the account's secret, where a test can do so
    --- refunds (unless cannot["refund"]) ---
    fresh_refund    the outcome of a refund as answered. `act_refund(request, report, outcome)` ends a pending one so
    refund_reaches  the outcomes that act_refund can bring about
    --- payouts (unless cannot["payout"]) ---
    destination, payout_amount, fresh_payout, act_payout(request, report, outcome), payout_reaches as above
    bad_destination one the gateway refuses at once: DECLINED (or None, with cannot["payout_refused"])
    fund            fund(): there is enough at the gateway to pay out from
    --- news that comes late ---
    late_success_after  DECLINED or EXPIRED: after it the payer can still pay by act(SUCCEEDED),
                    or cannot["late_success"]
    reverse         reverse(request, report): the money of a paid charge is taken back (dispute lost, return, reversal),
                    or cannot["late_reversal"]
    --- money lists ---
    settle          settle(): the gateway transfers to our bank what it holds; lines then carry a settlement id,
                    or cannot["settlement_id"]
    --- customers ---
    save_method     save_method(customer) -> token of a method that the payer let the gateway keep
    """

    name: str
    simulator: Simulator
    http: GatewayHttp
    gateway: Any
    credentials: Credentials
    remake: Remake
    action: NextActionKind
    operations: Mapping[str, str]
    act: Callable[[ChargeRequest, GatewayReport, Outcome], None]
    reaches: frozenset[Outcome]
    account: str
    declined_code: str = ""
    revoke: Callable[[], None] = nothing_to_do
    amount: Money = field(default_factory=lambda: Money(13_37, "EUR"))
    fresh: frozenset[Outcome] = frozenset({Outcome.REQUIRES_ACTION, Outcome.PENDING})
    request_fields: Mapping[str, Any] = field(default_factory=dict)
    cannot: Mapping[str, str] = field(default_factory=dict)
    verdicts: Mapping[str, Outcome] = field(default_factory=dict)
    unlisted_error: tuple[int, str] = (400, "{}")
    in_books: Callable[[Money], object] = lambda money: money.minor
    listen: Callable[[str], None] = nothing_to_do
    proof_headers: tuple[str, ...] = ()
    other_secret: Mapping[str, str] = field(default_factory=dict)
    empty_secret: Mapping[str, str] = field(default_factory=dict)
    sign: Callable[[bytes], Any] | None = None
    fresh_refund: Outcome = Outcome.SUCCEEDED
    act_refund: Callable[[RefundRequest, GatewayReport, Outcome], None] = nothing_to_do
    refund_reaches: frozenset[Outcome] = frozenset()
    destination: Destination | None = None
    bad_destination: Destination | None = None
    payout_amount: Money | None = None
    fresh_payout: Outcome = Outcome.PENDING
    act_payout: Callable[[PayoutRequest, GatewayReport, Outcome], None] = nothing_to_do
    payout_reaches: frozenset[Outcome] = frozenset()
    fund: Callable[[], None] = nothing_to_do
    late_success_after: Outcome = Outcome.DECLINED
    reverse: Callable[[ChargeRequest, GatewayReport], None] = nothing_to_do
    settle: Callable[[], None] = nothing_to_do
    save_method: Callable[[str], str] | None = None
    webhook_url: str = "https://shop.example/webhooks"
    started: datetime = field(default_factory=lambda: datetime.now(UTC) - timedelta(seconds=2))

    # --- Requests ----------------------------------------------------------------------------------------------------

    def request(self, **changes: Any) -> ChargeRequest:
        wanted: dict[str, Any] = {
            "reference": self.reference(),
            "amount": self.amount,
            "description": "Ticket sale",
            "return_url": "https://shop.example/back",
            "cancel_url": "https://shop.example/cancel",
            "webhook_url": self.webhook_url,
        }
        return ChargeRequest(**wanted | dict(self.request_fields) | changes)

    def reference(self) -> str:
        """One of ours, at most 20 letters, digits and dashes."""
        return f"ref-{number()}-{id(self) % 10**8}"[: min(20, self.gateway.profile.reference_max_length)]

    def asking(self, request: Any, report: GatewayReport | None = None) -> LookUpRequest:
        """The question about a charge, refund or payout: by the gateway's id where a report told one."""
        return LookUpRequest(
            reference=request.reference,
            gateway_payment_id=report.gateway_payment_id if report else "",
            since=self.started,
            amount=request.amount,
            keep=report.keep if report else {},
        )

    def capture_request(
        self, request: ChargeRequest, held: GatewayReport, amount: Money | None = None
    ) -> CaptureRequest:
        return CaptureRequest(request.reference, held.gateway_payment_id, amount or request.amount, held.keep)

    def refund_request(self, request: ChargeRequest, paid: GatewayReport, amount: Money | None = None) -> RefundRequest:
        return RefundRequest(
            reference=self.reference(),
            charge_reference=request.reference,
            gateway_payment_id=paid.gateway_payment_id,
            amount=amount or request.amount,
            charged=request.amount,
            payer_phone=request.payer_phone,
            keep=paid.keep,
        )

    def payout_request(self, **changes: Any) -> PayoutRequest:
        assert self.destination is not None, "a case with payouts names a destination"
        wanted: dict[str, Any] = {
            "reference": self.reference(),
            "amount": self.payout_amount or self.amount,
            "destination": self.destination,
            "description": "Organiser share",
            "webhook_url": self.webhook_url,
        }
        return PayoutRequest(**wanted | changes)

    # --- Steps -------------------------------------------------------------------------------------------------------

    def look_up(self, request: Any, report: GatewayReport | None = None) -> GatewayReport:
        return self.gateway.look_up(self.asking(request, report))

    def charged(self, **changes: Any) -> tuple[ChargeRequest, GatewayReport]:
        request = self.request(**changes)
        return request, self.gateway.charge(request)

    def paid(self, **changes: Any) -> tuple[ChargeRequest, GatewayReport]:
        """A charge whose money moved, and the report that says so."""
        request, report = self.charged(**changes)
        if Outcome.APPROVED in self.reaches:
            self.act(request, report, Outcome.APPROVED)
            paid = self.gateway.collect(self.asking(request, report))
        else:
            self.act(request, report, Outcome.SUCCEEDED)
            paid = self.look_up(request, report)
        assert paid.outcome is Outcome.SUCCEEDED, paid
        return request, paid

    def authorized(self, **changes: Any) -> tuple[ChargeRequest, GatewayReport]:
        request, report = self.charged(capture=False, **changes)
        if Outcome.APPROVED in self.reaches:
            self.act(request, report, Outcome.APPROVED)
            held = self.gateway.collect(self.asking(request, report))
        else:
            self.act(request, report, Outcome.AUTHORIZED)
            held = self.look_up(request, report)
        assert held.outcome is Outcome.AUTHORIZED, held
        return request, held

    def hear_at(self, url: str) -> None:
        self.webhook_url = url
        self.listen(url)

    def go_wrong(self, fault: str, *, operation: str, **more: Any) -> None:
        self.simulator.go_wrong(fault, gateway=self.name, operation=self.operations[operation], **more)

    def verdict(self, operation: str, fault: str) -> Outcome:
        return self.verdicts.get(f"{operation}/{fault}", self.verdicts.get(fault, Outcome.UNKNOWN))

    def books(self) -> dict[str, Any]:
        """What really happened at this account. The suite reads, and every dialect has there:

        `creates`, `refunds`, `payouts`: our reference -> how often it took effect;
        `payments`: per payment at least `reference`, `captured` and `refunded` (in the units of `in_books`).
        """
        accounts = self.simulator.control("GET", f"/books?gateway={self.name}")["accounts"]
        return next(books for books in accounts if books["account"] == self.account)

    def needs(self, *words: str) -> None:
        """Skip with the written reason where one of these is not to be had. `cannot` knows these words:

        roles           the names in gateways.roles.ROLES, one for each role that the adapter has not
        charges         amount_at_charge (the answer to a charge states amount and reference), look_up_by_reference,
                        declined, resend (the same reference again does not charge twice; else key_retention is None),
                        cancel_unpaid (what nobody has paid can be closed; else only holds can),
                        late_success, mode (reports tell livemode), mode_of_credentials (their form shows their mode)
        doubt           network (there is a gateway to call), revoke, unlisted_error,
                        record (it knows what was charged and how that ended),
                        lie/<fault> (an answer holds no such field)
        refunds         refund_by_part, refund_look_up, refund_reference (a repeated reference is recognised),
                        refund_by_reference (a refund is found by ours), refund_line (it is a line of the settlement)
        payouts         payout_resend (a repeated reference is recognised), payout_by_reference, payout_refused
        webhooks        webhook_outcome (it is SIGNED and believed), webhook/<outcome> (such an end is told),
                        webhook_lie/<fault>, webhook_proof (something to check; else HINT_ONLY), webhook_body (the proof
                        covers the body), webhook_time (it covers a time), other_secret, empty_secret
        late            late_reversal
        lists           settlement_id
        customers       save_method
        """
        for word in words:
            if word in self.cannot:
                pytest.skip(f"{self.name}: {self.cannot[word]}")


def codes() -> list[str]:
    return sorted(module.name for module in iter_modules(__path__))


def make(code: str, *, simulator: Simulator, http: GatewayHttp) -> Case:
    case: Case = import_module(f"{__name__}.{code}").case(simulator, http)
    return case
