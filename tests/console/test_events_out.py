"""Events out in the console: what was told to whom, and what a person with the right may do about it."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client

from common import clock, ids
from console.roles import make_gateway_administrator
from events.models import Delivery, DeliveryTry, OutboxEvent, WebhookEndpoint
from events.services import pausing
from tests.console.conftest import Get
from tests.console.scene import HOSTILE, Scene
from tests.events.making import Hooked, hook_up, send_once, told

ENDPOINTS, DELIVERIES, EVENTS = (
    "/admin/events/webhookendpoint/",
    "/admin/events/delivery/",
    "/admin/events/outboxevent/",
)
REASON = {"reason": "Their firewall was in the way"}


def post(client: Client, address: str, **data: str) -> Any:
    return client.post(address, data, headers={"host": "localhost"})


@pytest.fixture
def hooked(scene: Scene) -> Hooked:
    """An endpoint with one event, not taken yet."""
    found = hook_up(scene.tenant, "http://127.0.0.1:9/in?x=<script>")
    told(scene.tenant)
    send_once(now=clock.now(), result="refused", status=500)
    return found


@pytest.fixture
def command(hooked: Hooked) -> str:
    return f"{ENDPOINTS}{hooked.endpoint.pk}/command/"


def give_up() -> None:
    Delivery.objects.update(state="failed", next_try_at=None, ended_at=clock.now())


def test_an_endpoint_shows_its_state_and_its_newest_deliveries(scene: Scene, hooked: Hooked, get: Get) -> None:
    page = get(f"{ENDPOINTS}{hooked.public_id}/").content.decode()

    assert "http://127.0.0.1:9/in?x=&lt;script&gt;" in page
    assert "payment.completed" in page
    assert hooked.secret not in page
    assert f"{DELIVERIES}?endpoint={hooked.public_id}" in page


def test_a_delivery_shows_every_try_and_an_answer_as_text(hooked: Hooked, get: Get) -> None:
    delivery = Delivery.objects.get()
    DeliveryTry.objects.update(answer=HOSTILE)

    page = get(f"{DELIVERIES}{delivery.pk}/").content.decode()

    assert "500" in page
    assert "refused" in page
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_an_event_shows_its_body_its_deliveries_and_leads_to_its_payment(scene: Scene, get: Get) -> None:
    payment = scene.pay()
    page = get(f"/admin/payments/payment/{payment.shown_id}/").content.decode()
    event = OutboxEvent.objects.get(subject_id=payment.pk, type="payment.completed")

    assert f'href="{EVENTS}{event.pk}/"' in page
    shown = get(f"{EVENTS}{ids.show(ids.EVENT, event.public_id)}/").content.decode()
    assert f'href="/admin/payments/payment/{payment.pk}/"' in shown
    assert "Its deliveries are made within a second or two." in shown


def test_lists_are_narrowed_by_what_is_wrong(scene: Scene, hooked: Hooked, get: Get) -> None:
    give_up()
    fine = hook_up(scene.tenant, "https://fine.example.com/in")
    WebhookEndpoint.objects.filter(pk=hooked.endpoint.pk).update(failures_in_a_row=5, failing_since=clock.now())

    trouble = get(f"{ENDPOINTS}?state=trouble").content.decode()

    assert "127.0.0.1:9" in trouble
    assert fine.endpoint.url not in trouble
    assert "payment.completed" in get(f"{DELIVERIES}?state=failed").content.decode()
    assert "payment.completed" not in get(f"{DELIVERIES}?state=waiting").content.decode()
    assert "payment.completed" not in get(f"{DELIVERIES}?endpoint={fine.public_id}").content.decode()


@pytest.mark.parametrize("reason", ["failing", "gone"])
def test_home_counts_endpoints_that_need_a_person(scene: Scene, hooked: Hooked, get: Get, reason: str) -> None:
    assert f'href="{ENDPOINTS}?state=trouble"' in get("/admin/").content.decode()
    assert get("/admin/").context["endpoint_queues"][0].count == 0
    since = clock.now() - timedelta(days=3)

    WebhookEndpoint.objects.update(state="paused", paused_reason=reason, paused_at=clock.now(), failing_since=since)

    (queue,) = get("/admin/").context["endpoint_queues"]
    assert (queue.count, queue.oldest) == (1, since)


def test_an_endpoint_is_paused_and_resumed_with_a_reason_that_stays(
    hooked: Hooked, command: str, get: Get, client: Client
) -> None:
    assert f'action="{command}"' in get(f"{ENDPOINTS}{hooked.public_id}/").content.decode()

    post(client, command, command="pause", **REASON)
    paused = hooked.now()
    post(client, command, command="resume", **REASON)

    assert (paused.state, paused.paused_reason, hooked.now().state) == ("paused", "asked", "active")
    told_of = [json.loads(entry.change_message)[0] for entry in LogEntry.objects.order_by("pk")]
    assert [entry["changed"]["name"] for entry in told_of] == ["pause", "resume"]
    assert {entry["reason"] for entry in told_of} == {REASON["reason"]}
    assert "and what waits is sent now" in get(f"{ENDPOINTS}{hooked.public_id}/").content.decode()


def test_a_ping_and_what_failed_are_sent(hooked: Hooked, command: str, get: Get, client: Client) -> None:
    give_up()
    get(ENDPOINTS)

    post(client, command, command="replay_failed", **REASON)
    post(client, command, command="ping", **REASON)

    states = Delivery.objects.order_by("pk").values_list("event__type", "state", "tries")
    assert list(states) == [("payment.completed", "waiting", 0), ("webhook_endpoint.ping", "waiting", 0)]


def test_one_delivery_is_sent_again(hooked: Hooked, get: Get, client: Client) -> None:
    give_up()
    delivery = Delivery.objects.get()
    get(DELIVERIES)

    answer = post(client, f"{DELIVERIES}{delivery.pk}/replay/", **REASON)

    assert answer.status_code == 302
    delivery.refresh_from_db()
    assert (delivery.state, delivery.tries) == ("waiting", 0)
    assert LogEntry.objects.get().object_id == str(delivery.pk)


def test_what_cannot_be_done_says_why(hooked: Hooked, command: str, get: Get, client: Client) -> None:
    pausing.pause(hooked.endpoint.pk, now=clock.now())
    get(ENDPOINTS)

    post(client, command, command="ping", **REASON)
    page = get(f"{ENDPOINTS}{hooked.public_id}/").content.decode()

    assert "The endpoint is paused: resume it first." in page
    assert Delivery.objects.count() == 1
    assert "resume it first" in get(f"{DELIVERIES}{Delivery.objects.get().pk}/").content.decode()


@pytest.mark.parametrize(
    "data", [{"command": "pause"}, {"command": "pause", "reason": " "}, {"command": "delete", **REASON}]
)
def test_without_a_reason_or_a_command_nothing_happens(
    hooked: Hooked, command: str, get: Get, client: Client, data: dict[str, str]
) -> None:
    get(ENDPOINTS)

    assert post(client, command, **data).status_code == 302

    assert hooked.now().state == "active"
    assert LogEntry.objects.count() == 0


def test_who_may_only_look_finds_no_button_and_no_way(
    hooked: Hooked, command: str, get_as_viewer: Get, people: tuple[User, User], client: Client
) -> None:
    delivery = Delivery.objects.get()
    assert "command/" not in get_as_viewer(f"{ENDPOINTS}{hooked.public_id}/").content.decode()
    assert "replay/" not in get_as_viewer(f"{DELIVERIES}{delivery.pk}/").content.decode()

    answers = [
        post(client, command, command="pause", **REASON),
        post(client, f"{DELIVERIES}{delivery.pk}/replay/", **REASON),
    ]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert (hooked.now().state, LogEntry.objects.count()) == ("active", 0)
    people[1].user_permissions.add(Permission.objects.get(codename="operate_webhookendpoint"))
    get_as_viewer(ENDPOINTS)
    assert post(client, command, command="pause", **REASON).status_code == 302
    assert hooked.now().state == "paused"


def test_a_form_of_another_site_and_a_link_change_nothing(
    hooked: Hooked, command: str, people: tuple[User, User], get: Get
) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(people[0])

    assert post(strict, command, command="pause", **REASON).status_code == 403
    assert get(command).status_code == 405
    assert get(f"{DELIVERIES}{Delivery.objects.get().pk}/replay/").status_code == 405
    assert hooked.now().state == "active"


def test_an_administrator_of_gateways_has_the_right(db: None) -> None:
    assert make_gateway_administrator().permissions.filter(codename="operate_webhookendpoint").exists()
