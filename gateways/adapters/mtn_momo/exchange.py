"""One order or one question to MTN and the report it comes to: accepted, known already, refused, told, or in doubt."""

import dataclasses
from collections.abc import Callable

import msgspec

from common.money import Money
from gateways.adapters.mtn_momo.client import MomoApi, Resource
from gateways.adapters.mtn_momo.error_table import ERRORS
from gateways.adapters.mtn_momo.options import Options
from gateways.adapters.mtn_momo.orders import callback_url
from gateways.adapters.mtn_momo.refusals import (
    ALREADY_EXISTS,
    error_code_of,
    is_accepted,
    report_refusal,
    report_unread,
    transaction_in,
)
from gateways.adapters.mtn_momo.statuses import (
    Known,
    Party,
    Transaction,
    amount_of,
    approve_on_phone,
    report_transaction,
)
from gateways.adapters.mtn_momo.wording import is_reference_id
from gateways.contract import GatewayReport, Outcome, Subject
from gateways.counting import CountsErrors
from gateways.errors import NoAnswer, NotSent, OutcomeUnknown, Reason
from gateways.http import GatewayHttp

# Refunds and payouts bear the amount that was accepted. What a payer was asked for is said by a look-up alone.
_STATES_AMOUNT = (Subject.REFUND, Subject.PAYOUT)


class _Order(msgspec.Struct, frozen=True, rename="camel"):
    payer: Party | None = None
    payee: Party | None = None


_read_order = msgspec.json.Decoder(_Order).decode


class Exchange(CountsErrors):
    """Orders and questions of one account."""

    errors = ERRORS

    def __init__(self, *, api: MomoApi, http: GatewayHttp) -> None:
        self._api = api
        self._http = http

    def order(
        self,
        resource: Resource,
        known: Known,
        *,
        amount: Money,
        write: Callable[[Options], bytes],
        webhook_url: str = "",
    ) -> GatewayReport:
        """One POST under our id. `write` makes the body, or raises NotSent where it cannot be asked for."""
        try:
            options = self._api.options()
            known = _with(known, platform=options.platform)
            body = write(options)
            answer = self._api.create(
                resource,
                reference_id=known.reference_id,
                body=body,
                callback_url=callback_url(webhook_url, options),
            )
        except NotSent as refused:
            return self._counted(_without_answer(Outcome.NOT_SENT, known, refused))
        except OutcomeUnknown as failure:
            return self._counted(_without_answer(Outcome.UNKNOWN, known, failure))
        if is_accepted(answer):
            return _accepted(known, amount)
        if answer.status == 409 and error_code_of(answer) == ALREADY_EXISTS:
            return self._counted(self._known_already(resource, known, amount=amount, body=body))
        return self._counted(report_refusal(answer, known))

    def ask(self, resource: Resource, known: Known) -> GatewayReport:
        """What MTN says of it now. Without a transaction in the answer it is UNKNOWN, whatever the reason."""
        return self._counted(self._asked(resource, known)[0])

    def _asked(self, resource: Resource, known: Known) -> tuple[GatewayReport, Transaction | None]:
        try:
            if not is_reference_id(known.reference_id):
                raise NotSent(Reason.INVALID_REQUEST, "not an id that we give")
            platform = self._api.options().platform
            if known.keep.get("platform", platform) != platform:
                # The other platform would say that it never heard of it.
                raise NotSent("platform_changed", f"it was sent to the {known.keep['platform']} platform")
            answer = self._api.read(resource, reference_id=known.reference_id)
        except NoAnswer as failure:
            return _without_answer(Outcome.UNKNOWN, known, failure), None
        known = _with(known, platform=platform)
        told = transaction_in(answer)
        if told is None:
            return report_unread(answer, known), None
        return report_transaction(told, known), told

    def _known_already(self, resource: Resource, known: Known, *, amount: Money, body: bytes) -> GatewayReport:
        """MTN has an order under this id. It is ours only if it says what we asked, to the last unit."""
        known = _with(known, accepted="yes")
        report, told = self._asked(resource, known)
        if told is None or _is_same(told, known, amount=amount, sent=_read_order(body)):
            return report
        return dataclasses.replace(
            report, outcome=Outcome.UNKNOWN, next_action=None, error_code="contradiction", error_message=""
        )


def _accepted(known: Known, amount: Money) -> GatewayReport:
    known = _with(known, accepted="yes")
    if known.subject in _STATES_AMOUNT:
        return known.report(Outcome.PENDING, amount=amount, gateway_status="ACCEPTED")
    return known.report(Outcome.REQUIRES_ACTION, next_action=approve_on_phone(), gateway_status="ACCEPTED")


def _is_same(told: Transaction, known: Known, *, amount: Money, sent: _Order) -> bool:
    parties = ((told.payer, sent.payer), (told.payee, sent.payee))
    is_same_party = all(theirs is None or ours is None or theirs == ours for theirs, ours in parties)
    return told.external_id == known.reference and amount_of(told) == amount and is_same_party


def _with(known: Known, **kept: str) -> Known:
    return dataclasses.replace(known, keep={**known.keep, **kept})


def _without_answer(outcome: Outcome, known: Known, failure: NoAnswer) -> GatewayReport:
    return known.report(outcome, error_code=failure.reason, error_message=failure.detail)
