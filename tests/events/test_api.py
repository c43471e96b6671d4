"""Webhook endpoints over HTTP: what a tenant may do with its own, and nothing with another's."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from common import clock, ids
from events.models import Delivery, WebhookEndpoint
from events.services import endpoints, sending
from tests.events.making import only_delivery, send_once, tell, told
from tests.events.receiver import Receiver
from tests.support.factories import Merchant, make_api_key_of, make_merchant

PATH = "/api/v1/webhook-endpoints"
URL = "https://hooks.example.com/in"
SCOPES = ("events:read", "webhooks:write")


class Caller:
    """Speaks to the API with one key."""

    def __init__(self, key: str) -> None:
        self._headers = {"Authorization": f"Bearer {key}"}
        self._client = Client()

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        data = b"" if body is None else json.dumps(body).encode()
        return self._client.generic(method, path, data, content_type="application/json", headers=self._headers)


@pytest.fixture
def call(merchant: Merchant) -> Caller:
    return Caller(make_api_key_of(merchant, scopes=SCOPES))


def opened(call: Caller, **fields: Any) -> dict[str, Any]:
    answer = call("POST", PATH, {"url": URL} | fields)
    assert answer.status_code == 201, answer.content
    return answer.json()["data"]


def test_an_endpoint_is_opened_and_its_secret_shown_once(call: Caller, merchant: Merchant) -> None:
    made = opened(call, types=["payment.*", "payment.*"], description="Platform")

    assert made["secret"].startswith("whsec_")
    assert (made["url"], made["types"], made["state"], made["isActive"]) == (URL, ["payment.*"], "active", True)
    one = call("GET", f"{PATH}/{made['endpointId']}").json()["data"]
    (listed,) = call("GET", PATH).json()["data"]
    assert one == listed == {name: value for name, value in made.items() if name != "secret"}
    stored = bytes(WebhookEndpoint.objects.get(tenant=merchant.tenant).secrets)
    assert made["secret"].encode() not in stored


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "VALIDATION_ERROR"),
        ({"url": "http://hooks.example.com/"}, "WEBHOOK_URL_REFUSED"),
        ({"url": "https://169.254.169.254/"}, "WEBHOOK_URL_REFUSED"),
        ({"url": 7}, "VALIDATION_ERROR"),
        ({"url": URL, "types": ["payment.teleported"]}, "VALIDATION_ERROR"),
        ({"url": URL, "types": ["*"]}, "VALIDATION_ERROR"),
        ({"url": URL, "secret": "whsec_mine"}, "VALIDATION_ERROR"),
        ({"url": URL, "state": "paused"}, "VALIDATION_ERROR"),
        ({"url": URL, "description": "x" * 201}, "VALIDATION_ERROR"),
    ],
)
def test_a_wrong_endpoint_is_refused_and_not_kept(call: Caller, body: dict[str, Any], code: str) -> None:
    answer = call("POST", PATH, body)

    assert (answer.status_code, answer.json()["error"]) == (400, code)
    assert WebhookEndpoint.objects.count() == 0


def test_one_url_has_one_endpoint_until_that_is_disabled(call: Caller) -> None:
    first = opened(call)

    again = call("POST", PATH, {"url": URL})
    disabled = call("DELETE", f"{PATH}/{first['endpointId']}")

    assert (again.status_code, again.json()["error"]) == (409, "WEBHOOK_ENDPOINT_EXISTS")
    assert disabled.json()["data"]["state"] == "disabled"
    assert opened(call)["endpointId"] != first["endpointId"]


def test_a_tenant_has_at_most_twenty(call: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoints, "ENDPOINTS_MAX", 2)
    opened(call), opened(call, url=URL + "/2")

    answer = call("POST", PATH, {"url": URL + "/3"})

    assert (answer.status_code, answer.json()["error"]) == (422, "TOO_MANY_WEBHOOK_ENDPOINTS")
    assert WebhookEndpoint.objects.count() == 2


def test_an_endpoint_is_changed_paused_and_resumed(call: Caller) -> None:
    address = f"{PATH}/{opened(call)['endpointId']}"

    changed = call("PATCH", address, {"types": ["wallet.credited"], "url": URL + "/new"}).json()["data"]
    paused = call("PATCH", address, {"state": "paused"}).json()["data"]
    resumed = call("PATCH", address, {"state": "active", "description": "Again"}).json()["data"]

    assert (changed["types"], changed["url"], changed["version"]) == (["wallet.credited"], URL + "/new", 2)
    assert (paused["state"], paused["isActive"], paused["pausedReason"]) == ("paused", False, "asked")
    assert (resumed["state"], resumed["pausedReason"], resumed["description"]) == ("active", "", "Again")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"url": "https://127.0.0.1.nip/"}, None),
        ({"url": "ftp://x/"}, "WEBHOOK_URL_REFUSED"),
        ({"state": "disabled"}, "VALIDATION_ERROR"),
        ({"isActive": False}, "VALIDATION_ERROR"),
        ({"types": None}, "VALIDATION_ERROR"),
    ],
)
def test_a_wrong_change_changes_nothing(call: Caller, body: dict[str, Any], code: str | None) -> None:
    made = opened(call)

    answer = call("PATCH", f"{PATH}/{made['endpointId']}", body)

    if code is None:
        # A public name may lead anywhere: that is judged when it is called.
        assert answer.status_code == 200
        return
    assert (answer.status_code, answer.json()["error"]) == (400, code)
    assert WebhookEndpoint.objects.get().version == 1


def test_a_new_secret_is_shown_once_and_overlaps_with_the_old(call: Caller) -> None:
    made = opened(call)
    address = f"{PATH}/{made['endpointId']}/rotate-secret"

    first = call("POST", address).json()["data"]
    second = call("POST", address, {"overlapSeconds": 0}).json()["data"]

    assert len({made["secret"], first["secret"], second["secret"]}) == 3
    assert first["previousSecretUntil"] is not None
    assert second["previousSecretUntil"] is None
    assert call("POST", address, {"overlapSeconds": 700_000}).status_code == 400


def test_a_ping_goes_to_this_endpoint_alone_whatever_types_it_asked_for(
    call: Caller, merchant: Merchant, receiver: Receiver
) -> None:
    made = opened(call, url=receiver.url, types=["wallet.*"])
    opened(call)

    answer = call("POST", f"{PATH}/{made['endpointId']}/test")
    sending.deliver()

    sent = answer.json()["data"]
    assert (answer.status_code, sent["state"], sent["endpointId"]) == (202, "waiting", made["endpointId"])
    assert [got.event["type"] for got in receiver.received] == ["webhook_endpoint.ping"]
    (delivery,) = call("GET", f"/api/v1/events/{sent['eventId']}/deliveries").json()["data"]
    assert (delivery["state"], delivery["tries"], delivery["history"][0]["status"]) == ("delivered", 1, 204)
    assert "answer" not in delivery["history"][0]


def test_an_endpoint_that_is_not_active_gets_no_ping(call: Caller) -> None:
    address = f"{PATH}/{opened(call)['endpointId']}"
    call("PATCH", address, {"state": "paused"})

    answer = call("POST", f"{address}/test")

    assert (answer.status_code, answer.json()["error"]) == (409, "WEBHOOK_ENDPOINT_NOT_ACTIVE")
    assert Delivery.objects.count() == 0


@pytest.mark.row("I1", "I2")
def test_nobody_reaches_the_endpoints_of_another_tenant(call: Caller) -> None:
    stranger = Caller(make_api_key_of(make_merchant(), scopes=SCOPES))
    address = f"{PATH}/{opened(call)['endpointId']}"
    before = WebhookEndpoint.objects.values().get()

    answers = [
        stranger("GET", address),
        stranger("PATCH", address, {"state": "paused"}),
        stranger("DELETE", address),
        stranger("POST", f"{address}/rotate-secret"),
        stranger("POST", f"{address}/test"),
        stranger("POST", f"{address}/replay", {"since": "2026-01-01"}),
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert {answer.json()["error"] for answer in answers} == {"WEBHOOK_ENDPOINT_NOT_FOUND"}
    assert stranger("GET", PATH).json()["data"] == []
    assert WebhookEndpoint.objects.values().get() == before


@pytest.mark.row("I2")
@pytest.mark.parametrize("scopes", [("payments:read", "payments:write"), ("events:read",)])
def test_a_key_without_the_scope_changes_nothing(merchant: Merchant, call: Caller, scopes: tuple[str, ...]) -> None:
    other = Caller(make_api_key_of(merchant, scopes=scopes))
    address = f"{PATH}/{opened(call)['endpointId']}"

    answers = [other("POST", PATH, {"url": URL + "/2"}), other("PATCH", address, {}), other("DELETE", address)]

    assert {answer.status_code for answer in answers} == {403}
    assert other("GET", address).status_code == (200 if "events:read" in scopes else 403)
    assert WebhookEndpoint.objects.get().state == "active"


def test_one_delivery_is_sent_again_with_its_whole_schedule(call: Caller, merchant: Merchant) -> None:
    made = opened(call)
    event = told(merchant.tenant)
    now = clock.now()
    send_once(now=now, result="delivered", status=200)
    event_id = ids.show(ids.EVENT, event.public_id)

    answer = call("POST", f"/api/v1/events/{event_id}/deliveries/{made['endpointId']}/replay")

    delivery = only_delivery()
    assert (answer.status_code, answer.json()["data"]["state"]) == (202, "waiting")
    assert (delivery.state, delivery.tries, delivery.last_result) == ("waiting", 0, "replayed")
    assert send_once(now=clock.now() + timedelta(seconds=1), result="delivered", status=200) == 1
    assert [
        entry["number"] for entry in call("GET", f"/api/v1/events/{event_id}/deliveries").json()["data"][0]["history"]
    ] == [1, 2]


def test_an_event_that_was_never_meant_for_an_endpoint_is_not_replayed_to_it(call: Caller, merchant: Merchant) -> None:
    made = opened(call, types=["wallet.*"])
    event = told(merchant.tenant)

    answer = call(
        "POST", f"/api/v1/events/{ids.show(ids.EVENT, event.public_id)}/deliveries/{made['endpointId']}/replay"
    )

    assert (answer.status_code, answer.json()["error"]) == (404, "WEBHOOK_DELIVERY_NOT_FOUND")


def test_what_failed_in_a_time_is_sent_again_and_what_is_missing_when_asked_for(
    call: Caller, merchant: Merchant
) -> None:
    now = clock.now()
    told(merchant.tenant, subject_id=1, now=now - timedelta(hours=5))
    made = opened(call)
    for number in (2, 3):
        tell(merchant.tenant, subject_id=number)
    told(merchant.tenant, subject_id=4, kind="wallet.credited")
    Delivery.objects.update(state="failed", next_try_at=None, ended_at=now)
    address = f"{PATH}/{made['endpointId']}/replay"
    since = (now - timedelta(days=1)).isoformat()

    failed = call("POST", address, {"since": since, "types": ["payment.completed"]})
    missing = call("POST", address, {"since": since, "states": ["missing"]})
    none = call("POST", address, {"since": since, "until": since, "states": ["missing", "failed"]})

    assert [answer.status_code for answer in (failed, missing, none)] == [202, 202, 202]
    assert [answer.json()["data"]["replayed"] for answer in (failed, missing, none)] == [2, 1, 0]
    assert Delivery.objects.filter(state="waiting").count() == 3
    assert Delivery.objects.get(state="failed").event.type == "wallet.credited"


def test_more_than_a_thousand_are_refused_and_none_is_sent(
    call: Caller, merchant: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("events.services.replay.REPLAYED_MAX", 2)
    made = opened(call)
    for number in range(3):
        told(merchant.tenant, subject_id=number)
    Delivery.objects.update(state="failed", next_try_at=None, ended_at=clock.now())

    answer = call("POST", f"{PATH}/{made['endpointId']}/replay", {"since": "2020-01-01"})

    assert (answer.status_code, answer.json()["error"]) == (422, "TOO_MANY_TO_REPLAY")
    assert Delivery.objects.filter(state="failed").count() == 3


@pytest.mark.parametrize(
    "body",
    [{}, {"since": "yesterday"}, {"since": "2026-01-01", "states": ["lost"]}, {"since": "2026-01-01", "states": []}],
)
def test_a_replay_says_which_time_and_which_states(call: Caller, body: dict[str, Any]) -> None:
    made = opened(call)

    assert call("POST", f"{PATH}/{made['endpointId']}/replay", body).status_code == 400
