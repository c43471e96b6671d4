"""What leaves for MTN MoMo: hosts, headers, tokens and bodies, and what is refused before it leaves."""

import base64
import json
from pathlib import Path

import pytest

from common.money import Money
from gateways.adapters.mtn_momo.client import MomoApi
from gateways.adapters.mtn_momo.environments import ENVIRONMENTS, HOSTS
from gateways.adapters.mtn_momo.gateway import MtnMomoGateway
from gateways.contract import (
    Destination,
    DestinationKind,
    Outcome,
    PayoutRequest,
    Subject,
)
from gateways.errors import NotSent
from gateways.http import GatewayHttp, HttpAnswer
from tests.gateways.mtn_momo_accounts import TOKEN, adapter, asking, credentials, register, sent, wanted
from tests.gateways.scripted import ScriptedServer
from tests.gateways.simulated import Simulator

# --- On the wire ----------------------------------------------------------------------------------------------------


def test_a_charge_is_a_token_and_a_request_to_pay(scripted: ScriptedServer, http: GatewayHttp) -> None:
    scripted.answers(TOKEN)
    signed = credentials()
    request = wanted(reference="att_7", description="L'été & Cie", webhook_url="https://pay.example/webhooks/x")

    adapter(signed, address=scripted.url, http=http).charge(request)

    (token_line, token, token_body), (line, headers, body) = sent(scripted)
    pair = f"{signed.get('collection_user')}:{signed.get('collection_secret')}"
    assert token_line == "POST /collection/token/ HTTP/1.1"
    assert token["authorization"] == f"Basic {base64.b64encode(pair.encode()).decode()}"
    assert (token["x-target-environment"], token["content-length"], token_body) == ("sandbox", "0", b"")
    assert line == "POST /collection/v1_0/requesttopay HTTP/1.1"
    assert headers["authorization"] == "Bearer tok"
    assert headers["ocp-apim-subscription-key"] == signed.get("collection_subscription_key")
    assert headers["x-target-environment"] == "sandbox"
    assert headers["x-reference-id"] == "57acd5bc-c58a-42dd-993a-27c533b6deba"
    assert headers["user-agent"] == "payment-service/1.0"
    assert "x-callback-url" not in headers
    assert json.loads(body) == {
        "amount": "13.37",
        "currency": "EUR",
        "externalId": "att_7",
        "payer": {"partyIdType": "MSISDN", "partyId": "46733120001"},
        "payerMessage": "L ete Cie",
        "payeeNote": "att 7",
    }


def test_a_payout_is_signed_with_the_credentials_of_disbursement(scripted: ScriptedServer, http: GatewayHttp) -> None:
    scripted.answers(TOKEN)
    signed = credentials()
    phone = Destination(DestinationKind.MOBILE_MONEY, "+46733120002")

    adapter(signed, address=scripted.url, http=http).pay_out(PayoutRequest("pay_7", Money(4_21, "EUR"), phone))

    (token_line, _, _), (line, headers, body) = sent(scripted)
    assert (token_line, line) == (
        "POST /disbursement/token/ HTTP/1.1",
        "POST /disbursement/v1_0/transfer HTTP/1.1",
    )
    assert headers["ocp-apim-subscription-key"] == signed.get("disbursement_subscription_key")
    assert json.loads(body)["payee"] == {"partyIdType": "MSISDN", "partyId": "46733120002"}


@pytest.mark.parametrize(
    ("host", "url", "is_sent"),
    [
        ("pay.example", "https://pay.example/webhooks/x", True),
        ("Pay.Example", "https://pay.example:8443/webhooks/x", True),
        ("pay.example", "https://other.example/webhooks/x", False),
        ("pay.example", "https://pay.example.evil.example/x", False),
        ("pay.example", "", False),
        ("pay.example", "https://[broken", False),
        ("", "https://pay.example/webhooks/x", False),
    ],
)
def test_a_callback_is_asked_for_at_the_registered_host_only(
    scripted: ScriptedServer, http: GatewayHttp, host: str, url: str, *, is_sent: bool
) -> None:
    scripted.answers(TOKEN)

    adapter(credentials(callback_host=host), address=scripted.url, http=http).charge(wanted(webhook_url=url))

    assert sent(scripted)[1][1].get("x-callback-url") == (url if is_sent else None)


class Listener(GatewayHttp):
    """Notes where a call would have gone, and lets none leave."""

    def __init__(self) -> None:
        super().__init__("listener", connect_seconds=0.1, total_seconds=0.1)
        self.urls: list[str] = []

    def request(self, *, url: str, **_rest: object) -> HttpAnswer:
        self.urls.append(url)
        raise NotSent("dns_failed")


@pytest.mark.parametrize("platform", HOSTS)
def test_each_platform_is_its_own_host_and_no_setting_names_another(platform: str) -> None:
    listener = Listener()
    environment = "sandbox" if platform == "sandbox" else "mtnghana"
    signed = credentials(
        livemode=platform != "sandbox",
        platform=platform,
        target_environment=environment,
        base_url="https://evil.example",
    )

    MomoApi(credentials=signed, simulator="", http=listener).options()
    report = MtnMomoGateway(signed, http=listener).check_credentials()

    assert report.works is None
    assert listener.urls == [f"{HOSTS[platform]}/collection/token/"]


# --- Refused before it leaves ---------------------------------------------------------------------------------------

GHANA = {"platform": "new", "target_environment": "mtnghana"}


@pytest.mark.parametrize(
    ("changes", "livemode"),
    [
        ({"platform": ""}, False),
        ({"platform": "https://evil.example"}, False),
        ({"target_environment": "mtnghana"}, False),
        ({"target_environment": "mtnatlantis"}, False),
        ({}, True),
        (GHANA, False),
        ({"platform": "legacy"}, True),
        ({"collection_user": "a:b"}, False),
        ({"collection_user": "a b"}, False),
        ({"collection_secret": "a\r\nX-Evil: 1"}, False),
        ({"collection_subscription_key": "clé"}, False),
        ({"refund_supported": "maybe"}, False),
        ({"benin_digits": "9"}, False),
    ],
)
def test_credentials_that_cannot_be_used_stop_a_charge(
    scripted: ScriptedServer, http: GatewayHttp, changes: dict[str, str], *, livemode: bool
) -> None:
    report = adapter(credentials(livemode=livemode, **changes), address=scripted.url, http=http).charge(wanted())

    assert (report.outcome, report.error_code) == (Outcome.NOT_SENT, "credentials_unusable")
    assert scripted.requests == []


def test_a_user_of_the_new_platform_is_any_text(scripted: ScriptedServer, http: GatewayHttp) -> None:
    scripted.answers(TOKEN)
    signed = credentials(livemode=True, **GHANA, collection_user="bW9tbyB1c2Vy==")

    adapter(signed, address=scripted.url, http=http).charge(
        wanted(amount=Money(13_37, "GHS"), payer_phone="+233240000001")
    )

    assert len(scripted.requests) == 2


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount": Money(5_003, "XOF")}, "currency_not_of_environment"),
        ({"amount": Money(13_37, "EUR")}, "currency_not_of_environment"),
        ({"amount": Money(13_37, "KPW")}, "amount_not_representable"),
        ({"payer_phone": "+2250700000001"}, "phone_unusable"),
        ({"payer_phone": ""}, "phone_unusable"),
    ],
)
def test_a_charge_that_the_country_does_not_take_is_not_sent(
    scripted: ScriptedServer, http: GatewayHttp, changes: dict[str, object], code: str
) -> None:
    plain = {"amount": Money(13_37, "GHS"), "payer_phone": "+233240000001"}
    request = wanted(**plain | changes)

    report = adapter(credentials(livemode=True, **GHANA), address=scripted.url, http=http).charge(request)

    assert (report.outcome, report.error_code) == (Outcome.NOT_SENT, code)
    assert report.error_code in MtnMomoGateway.errors
    assert scripted.requests == []


@pytest.mark.parametrize(
    "destination",
    [
        Destination(DestinationKind.BANK_ACCOUNT, "0001"),
        Destination(DestinationKind.MOBILE_MONEY, "+233240000001", country="NG"),
    ],
)
def test_a_payout_that_the_account_cannot_make_is_not_sent(
    scripted: ScriptedServer, http: GatewayHttp, destination: Destination
) -> None:
    gateway = adapter(credentials(livemode=True, **GHANA), address=scripted.url, http=http)

    report = gateway.pay_out(PayoutRequest("pay_7", Money(4_21, "GHS"), destination))

    assert (report.outcome, report.error_code) == (Outcome.NOT_SENT, "destination_not_supported")
    assert (report.subject, scripted.requests) == (Subject.PAYOUT, [])


# --- Two platforms --------------------------------------------------------------------------------------------------


def test_two_platforms_do_not_know_each_others_charges(simulator: Simulator, http: GatewayHttp) -> None:
    in_live = {"target_environment": "mtnivorycoast", "livemode": True}
    legacy, new = (credentials(platform=platform, **in_live) for platform in ("legacy", "new"))
    for signed in (legacy, new):
        register(simulator, signed)
    old, other = (adapter(signed, address=f"{simulator.url}/mtn_momo", http=http) for signed in (legacy, new))
    request = wanted(amount=Money(5_003, "XOF"), payer_phone="+2250700000001")
    accepted = old.charge(request)

    asked_without_memory = other.look_up(asking(request))
    asked = other.look_up(asking(request, accepted))

    assert accepted.outcome is Outcome.REQUIRES_ACTION
    assert old.look_up(asking(request, accepted)).amount == Money(5_003, "XOF")
    # What makes this safe is that the platform is fixed for an account, and kept with what was sent.
    assert asked_without_memory.error_code == "not_found"
    assert (asked.outcome, asked.error_code) == (Outcome.UNKNOWN, "platform_changed")


def test_what_decides_where_a_charge_is_known_cannot_be_changed() -> None:
    fixed = {field.name for field in MtnMomoGateway.profile.credentials if field.is_fixed}

    assert fixed == {"platform", "target_environment"}


def test_the_page_for_staff_names_every_setting_environment_and_host() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs/gateways/mtn_momo.md").read_text()

    for field in MtnMomoGateway.profile.credentials:
        assert f"`{field.name}`" in page
    for name, environment in ENVIRONMENTS.items():
        assert f"`{name}`" in page
        assert all(currency in page for currency in environment.currencies)
    assert "proxy.momoapi.mtn.com" in page
    assert "momoapi.momo.africa" in page
