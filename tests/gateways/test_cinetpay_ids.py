"""References of the service are longer than CinetPay's ids: the whole way with one of them, in both generations."""

import pytest

from gateways.contract import Outcome
from gateways.http import GatewayHttp
from tests.gateways import cases
from tests.gateways.simulated import Simulator
from tests.gateways.test_contract_webhooks import incoming
from tests.simulator.receiver import Receiver

LONG = "0192f0c1d2e34f5a8b6c7d8e9f0a1b2c"


@pytest.mark.parametrize("code", ["cinetpay", "cinetpay_v1"])
def test_a_long_reference_goes_all_the_way(
    code: str, simulator: Simulator, http: GatewayHttp, receiver: Receiver
) -> None:
    case = cases.make(code, simulator=simulator, http=http)
    case.hear_at(receiver.url)

    request, paid = case.paid(reference=f"att_{LONG}")
    again = case.gateway.charge(request)
    receiver.wait_for(lambda: [each for each in receiver.received if each.method == "POST"])
    told = next(each for each in receiver.received if each.method == "POST")
    case.gateway.verify_webhook(incoming(told))
    heard = case.gateway.parse_webhook(told.body, told.query)

    assert (paid.reference, paid.amount, len(paid.gateway_payment_id)) == (request.reference, request.amount, 30)
    assert (again.outcome, again.gateway_payment_id) == (Outcome.SUCCEEDED, paid.gateway_payment_id)
    assert heard is not None
    assert heard.gateway_payment_id == paid.gateway_payment_id
    assert heard.reference in ("", request.reference)


@pytest.mark.parametrize("code", ["cinetpay", "cinetpay_v1"])
def test_a_payout_with_a_long_reference_is_sent_once(code: str, simulator: Simulator, http: GatewayHttp) -> None:
    case = cases.make(code, simulator=simulator, http=http)
    case.fund()
    wanted = case.payout_request(reference=f"pyt_{LONG}")

    sent, again = case.gateway.pay_out(wanted), case.gateway.pay_out(wanted)
    case.act_payout(wanted, sent, Outcome.SUCCEEDED)
    paid = case.gateway.look_up_payout(case.asking(wanted, sent))

    assert (sent.outcome, again.outcome, paid.outcome) == (Outcome.PENDING, Outcome.PENDING, Outcome.SUCCEEDED)
    assert (paid.reference, paid.amount) == (wanted.reference, wanted.amount)
    assert case.books()["payouts"] == {sent.gateway_payment_id: 1}
