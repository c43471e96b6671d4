"""CinetPay's notifications: whose they are, and that none of them is ever more than a hint."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from gateways.adapters.cinetpay.gateway import CinetPayGateway
from gateways.adapters.cinetpay.ids import transaction_id
from gateways.adapters.cinetpay.notices import SIGNED_FIELDS, x_token
from gateways.contract import Credentials, IncomingWebhook, Outcome, Subject, WebhookRefused
from gateways.http import GatewayHttp
from tests.gateways.cinetpay_samples import API_V1, CHECKOUT
from tests.gateways.stripe_samples import NOW

VALUES = (
    "445160", "PAY-0001", "2026-01-02 10:11:12", "1500", "XOF", "abc123", "OM", "0700000000", "225", "fr", "V4",
    "SINGLE", "PAYMENT", "order-1", "Order 1", "SUCCES",
)  # fmt: skip
FORM = dict(zip(SIGNED_FIELDS, VALUES, strict=True))
TOKEN = "bd5674198fab363ab7283582a453267ec021519c2d63daccf320e341f10df88f"
TRANSFER = {"transaction_id": "EA1", "client_transaction_id": "ref-odd", "treatment_status": "VAL", "amount": "1255"}
V1 = {"notify_token": "n", "merchant_transaction_id": "ref-odd", "transaction_id": "t", "user": {"name": "Ada"}}


def adapter(http: GatewayHttp, values: dict[str, str] = CHECKOUT, **changes: str) -> CinetPayGateway:
    return CinetPayGateway(Credentials(values | changes), http=http)


def posted(fields: dict[str, str] = FORM, *, token: str | None = TOKEN, body: bytes | None = None) -> IncomingWebhook:
    headers = {} if token is None else {"x-token": token}
    return IncomingWebhook(urlencode(fields).encode() if body is None else body, headers, NOW)


def test_the_sixteen_values_in_their_order_make_the_token() -> None:
    assert x_token(FORM, secret="test-secret") == TOKEN


def test_a_signed_form_is_genuine_whatever_the_order_of_its_fields(http: GatewayHttp) -> None:
    turned = dict(reversed(FORM.items())) | {"cpm_new_field": "odd"}

    first = adapter(http).verify_webhook(posted())
    again = adapter(http).verify_webhook(posted())
    other = adapter(http).verify_webhook(posted(turned))

    assert first == again
    assert (first.event_type, first.livemode, len(first.event_id)) == ("payment", None, 64)
    assert other.event_id != first.event_id


def test_values_count_as_they_came(http: GatewayHttp) -> None:
    odd = FORM | {"cpm_designation": " Éclair & co + 100% ", "cpm_custom": "", "payment_method": "null"}
    webhook = posted(odd, token=x_token(odd, secret="test-secret"))

    assert adapter(http).verify_webhook(webhook).event_id


@pytest.mark.parametrize(
    "webhook",
    [
        pytest.param(posted(token=None), id="no token"),
        pytest.param(posted(token=""), id="empty token"),
        pytest.param(posted(token=TOKEN.upper()), id="upper case"),
        pytest.param(posted(token=f" {TOKEN}"), id="a blank before"),
        pytest.param(posted(token="é" * 64), id="not ascii"),
        pytest.param(posted(token="0" * 64), id="another token"),
        pytest.param(posted(FORM | {"cpm_amount": "15000"}), id="another amount"),
        pytest.param(posted(FORM | {"cpm_amount": "1500.00"}), id="the amount written otherwise"),
        pytest.param(posted({k: v for k, v in FORM.items() if k != "payment_method"}), id="a field missing"),
        pytest.param(posted(body=urlencode(FORM).encode() + b"&cpm_amount=1"), id="a field twice"),
        pytest.param(posted(body=b""), id="nothing"),
        pytest.param(posted(body=b"\xff\xfe=1"), id="no text"),
        pytest.param(posted(body=b"&".join(b"a%d=1" % i for i in range(2_000))), id="endless"),
        pytest.param(posted(body=b"[" * 100_000), id="deep"),
        pytest.param(posted({"cpm_trans_id": "PAY-0001", "cpm_site_id": "445160"}, token=None), id="two fields"),
        pytest.param(posted(V1), id="of the other generation"),
        pytest.param(posted({"hello": "world"}), id="about nothing"),
    ],
)
def test_what_is_not_exactly_right_is_refused(http: GatewayHttp, webhook: IncomingWebhook) -> None:
    with pytest.raises(WebhookRefused):
        adapter(http).verify_webhook(webhook)


def test_a_notification_of_another_site_is_refused(http: GatewayHttp) -> None:
    with pytest.raises(WebhookRefused):
        adapter(http, site_id="445161").verify_webhook(posted())


@pytest.mark.parametrize("secret", ["", "   "])
def test_an_empty_secret_refuses_even_what_is_signed_with_it(http: GatewayHttp, secret: str) -> None:
    closed = adapter(http, secret_key=secret, secret_key_previous="test-secret")

    for key in (secret, "test-secret"):
        with pytest.raises(WebhookRefused):
            closed.verify_webhook(posted(token=x_token(FORM, secret=key)))


def test_both_secrets_count_while_one_replaces_the_other(http: GatewayHttp) -> None:
    changing = adapter(http, secret_key="new-secret", secret_key_previous="test-secret")

    assert changing.verify_webhook(posted()).event_id
    assert changing.verify_webhook(posted(token=x_token(FORM, secret="new-secret"))).event_id
    with pytest.raises(WebhookRefused):
        adapter(http, secret_key="new-secret").verify_webhook(posted())


def test_a_refusal_names_fields_and_never_secrets_or_values(http: GatewayHttp) -> None:
    broken = {k: v for k, v in FORM.items() if k != "cel_phone_num"} | {"odd": "x"}

    with pytest.raises(WebhookRefused) as caught:
        adapter(http).verify_webhook(posted(broken))

    assert str(caught.value) == "x-token does not match; missing: cel_phone_num; others: 1"


def test_json_without_a_token_is_a_hint_only_where_the_account_says_so(http: GatewayHttp) -> None:
    body = json.dumps({"cpm_trans_id": "PAY-0001", "cpm_site_id": 445160}).encode()
    webhook = posted(body=body, token=None)

    assert adapter(http, unsigned_notices="yes").verify_webhook(webhook).event_type == "payment"
    for values in ({"unsigned_notices": ""}, {"unsigned_notices": "yes", "site_id": "1"}):
        with pytest.raises(WebhookRefused):
            adapter(http, **values).verify_webhook(webhook)
    with pytest.raises(WebhookRefused):
        adapter(http, unsigned_notices="yes").verify_webhook(posted(token=None))


def test_json_with_its_token_is_genuine(http: GatewayHttp) -> None:
    assert adapter(http).verify_webhook(posted(body=json.dumps(FORM).encode())).event_id


def test_a_transfer_has_no_signature_to_check(http: GatewayHttp) -> None:
    envelope = adapter(http).verify_webhook(posted(TRANSFER, token=None))

    assert envelope.event_type == "transfer"


@pytest.mark.parametrize("missing", ["notify_token", "merchant_transaction_id"])
def test_a_notification_of_api_v1_names_its_token_and_payment(http: GatewayHttp, missing: str) -> None:
    whole = posted(body=json.dumps(V1).encode(), token=None)
    torn = posted(body=json.dumps({k: v for k, v in V1.items() if k != missing}).encode(), token=None)

    assert adapter(http, API_V1).verify_webhook(whole).event_type == "api_v1"
    with pytest.raises(WebhookRefused):
        adapter(http, API_V1).verify_webhook(torn)


# --- What they say --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("message", ["SUCCES", "PAYMENT_FAILED", ""])
def test_a_payment_is_pending_whatever_its_notification_says(http: GatewayHttp, message: str) -> None:
    report = adapter(http).parse_webhook(urlencode(FORM | {"cpm_error_message": message}).encode())

    assert report is not None
    assert (report.outcome, report.subject, report.amount) == (Outcome.PENDING, Subject.CHARGE, None)
    assert report.gateway_payment_id == "PAY-0001"


def test_our_reference_is_told_where_it_fits_the_id(http: GatewayHttp) -> None:
    ours = "att_0192f0c1d2e34f5a8b6c7d8e9f0a1b2c"
    fitting = FORM | {"cpm_trans_id": transaction_id(ours), "cpm_custom": ours}

    told = adapter(http).parse_webhook(urlencode(fitting).encode())
    other = adapter(http).parse_webhook(urlencode(FORM | {"cpm_custom": ours}).encode())

    assert told is not None and other is not None
    assert (told.reference, other.reference) == (ours, "")


@pytest.mark.parametrize(
    ("status", "outcome"),
    [("VAL", Outcome.SUCCEEDED), ("REJ", Outcome.DECLINED), ("NOS", Outcome.PENDING), ("ODD", Outcome.PENDING)],
)
def test_a_transfer_tells_its_claim_and_no_amount(http: GatewayHttp, status: str, outcome: Outcome) -> None:
    report = adapter(http).parse_webhook(urlencode(TRANSFER | {"treatment_status": status}).encode())

    assert report is not None
    assert (report.outcome, report.subject, report.amount) == (outcome, Subject.PAYOUT, None)
    assert report.gateway_payment_id == "ref-odd"


@pytest.mark.parametrize(
    ("query", "subject"),
    [("", Subject.CHARGE), ("a=1&about=payout", Subject.PAYOUT), ("about=payouts", Subject.CHARGE)],
)
def test_the_address_tells_payments_and_transfers_of_api_v1_apart(
    http: GatewayHttp, query: str, subject: Subject
) -> None:
    report: Any = adapter(http, API_V1).parse_webhook(json.dumps(V1).encode(), query)

    assert (report.subject, report.outcome, report.gateway_payment_id) == (subject, Outcome.PENDING, "ref-odd")
    assert "Ada" not in repr(report)
