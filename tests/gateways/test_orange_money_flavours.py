"""One name, three APIs: which class serves an account, what each can do, and the tokens they share."""

import threading
from collections.abc import Iterator

import pytest

from gateways.adapters.orange_money.cameroon import Cameroon
from gateways.adapters.orange_money.gateway import OrangeMoneyGateway
from gateways.adapters.orange_money.sonatel import Sonatel
from gateways.adapters.orange_money.webpay import WebPay
from gateways.contract import Credentials, Outcome, WebhookTrust
from gateways.http import GatewayHttp
from gateways.registry import ADAPTERS, capabilities
from gateways.roles import PaysOut, ReportsBalance
from tests.gateways import cases
from tests.gateways.cases import Case
from tests.gateways.scripted import ScriptedServer
from tests.gateways.simulated import Simulator


@pytest.fixture
def webpay(simulator: Simulator, http: GatewayHttp) -> Iterator[Case]:
    simulator.clear_faults()
    yield cases.make("orange_money", simulator=simulator, http=http)
    simulator.clear_faults()


@pytest.mark.parametrize(
    ("flavour", "made", "can"),
    [
        ("webpay", WebPay, ["look_up", "charge", "check_credentials", "webhooks"]),
        ("cameroon", Cameroon, ["look_up", "charge", "payout", "check_credentials", "webhooks"]),
        ("sonatel", Sonatel, ["look_up", "charge", "payout", "balance", "check_credentials", "webhooks"]),
    ],
)
def test_an_account_is_served_by_its_flavour_and_can_do_what_that_has(
    http: GatewayHttp, flavour: str, made: type, can: list[str]
) -> None:
    gateway = OrangeMoneyGateway(Credentials({"flavour": flavour}), http=http)

    assert type(gateway) is made
    assert list(capabilities(type(gateway))) == can


def test_the_gateway_as_a_whole_can_do_what_some_account_can() -> None:
    assert ADAPTERS["orange_money"] is OrangeMoneyGateway
    assert list(capabilities(OrangeMoneyGateway)) == [
        "look_up", "charge", "payout", "balance", "check_credentials", "webhooks",
    ]  # fmt: skip
    assert not issubclass(WebPay, (PaysOut, ReportsBalance))


def test_the_gateway_as_a_whole_promises_the_worst_case() -> None:
    whole = OrangeMoneyGateway.profile

    for flavour in (WebPay, Cameroon, Sonatel):
        assert flavour.profile.countries <= whole.countries
        assert flavour.profile.currencies <= whole.currencies
        assert flavour.profile.credentials == whole.credentials
    assert whole.needs == frozenset()
    assert whole.webhook_trust is WebhookTrust.HINT_ONLY
    assert (whole.query_by_own_reference, whole.not_found_is_final, whole.key_retention) == (False, False, None)


@pytest.mark.parametrize("flavour", ["", "burkina", "WebPay"])
def test_an_account_of_no_flavour_does_nothing(scripted: ScriptedServer, http: GatewayHttp, flavour: str) -> None:
    values = {"flavour": flavour, "client_id": "odd", "client_secret": "s", "merchant_key": "k"}
    gateway = OrangeMoneyGateway(Credentials(values), simulator=scripted.url, http=http)

    assert gateway.check_credentials().works is False
    assert scripted.requests == []


# --- Tokens ---------------------------------------------------------------------------------------------------------


def tokens_fetched(case: Case) -> int:
    """Counted over the whole journal: its newest calls alone stay as many once enough tests have run."""
    return int(case.simulator.control("GET", "/requests?limit=1")["received"].get("token", 0))


def test_one_token_serves_many_calls_and_many_objects(webpay: Case) -> None:
    webpay.gateway.charge(webpay.request())
    before = tokens_fetched(webpay)

    for _ in range(3):
        assert webpay.remake(webpay.credentials).charge(webpay.request()).outcome is Outcome.REQUIRES_ACTION

    assert tokens_fetched(webpay) == before


def test_a_token_that_ran_out_early_is_renewed_once_and_the_call_repeated(webpay: Case) -> None:
    webpay.gateway.charge(webpay.request())
    webpay.simulator.control("POST", "/orange_money/forget_tokens")
    before = tokens_fetched(webpay)
    request = webpay.request()

    report = webpay.gateway.charge(request)

    assert report.outcome is Outcome.REQUIRES_ACTION
    assert tokens_fetched(webpay) == before + 1
    assert webpay.books()["creates"][request.reference] == 1


def test_many_callers_fetch_one_token(webpay: Case) -> None:
    before = tokens_fetched(webpay)
    outcomes: list[Outcome] = []

    def charge() -> None:
        outcomes.append(webpay.gateway.charge(webpay.request()).outcome)

    threads = [threading.Thread(target=charge) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=10)

    assert outcomes == [Outcome.REQUIRES_ACTION] * 4
    assert tokens_fetched(webpay) == before + 1


@pytest.mark.parametrize("fault", ["execute_then_hang", "execute_then_reset", "html", "empty", "status_503"])
def test_without_a_token_the_charge_was_not_sent(webpay: Case, fault: str) -> None:
    request = webpay.request()
    webpay.simulator.go_wrong(fault, gateway="orange_money", operation="token")

    report = webpay.gateway.charge(request)

    assert (report.outcome, report.error_code) == (Outcome.NOT_SENT, "token_unavailable")
    assert webpay.simulator.calls(request.reference)["received"] == {}


@pytest.mark.parametrize("life", ['"7776000"', "7776000", '"299"', "0", '"soon"'])
def test_the_life_of_a_token_is_read_as_text_or_number(scripted: ScriptedServer, http: GatewayHttp, life: str) -> None:
    values = {"flavour": "webpay", "client_id": f"life-{life}", "client_secret": "s", "merchant_key": "k"}
    gateway = OrangeMoneyGateway(Credentials(values), simulator=scripted.url, http=http)
    scripted.answers(f'{{"access_token": "t", "expires_in": {life}}}'.encode())

    assert gateway.check_credentials().works is True
