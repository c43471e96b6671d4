"""Webhooks in the console: found by what they are, applied again by who may, with a reason that stays."""

import json
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client

from common import clock
from console.roles import make_gateway_administrator
from gateways.models import InboundEvent, InboundState, UnusedEventType
from tests.console.conftest import Get
from tests.console.scene import Scene

LIST = "/admin/gateways/inboundevent/"
REASON = {"reason": "The rate table was wrong until noon"}


def post(client: Client, address: str, **data: str) -> Any:
    return client.post(address, data, headers={"host": "localhost"})


def states() -> list[str]:
    return list(InboundEvent.objects.order_by("pk").values_list("state", flat=True))


@pytest.fixture
def three(scene: Scene) -> list[InboundEvent]:
    return [
        scene.webhook(state=InboundState.DEAD, reason="failed: KeyError"),
        scene.webhook(state=InboundState.PARKED, event_type="payment_intent.processing"),
        scene.webhook(state=InboundState.IGNORED, reason="says nothing about a payment", event_type="charge.updated"),
    ]


def test_one_webhook_is_applied_again_and_it_is_written_down_who_and_why(
    three: list[InboundEvent], get: Get, client: Client
) -> None:
    page = get(f"{LIST}{three[0].pk}/").content.decode()
    assert f'action="{LIST}{three[0].pk}/replay/"' in page
    assert "csrfmiddlewaretoken" in page

    answer = post(client, f"{LIST}{three[0].pk}/replay/", **REASON)

    assert answer.status_code == 302
    assert states() == [InboundState.RECEIVED, InboundState.PARKED, InboundState.IGNORED]
    entry = LogEntry.objects.get()
    assert (entry.user.get_username(), entry.object_id) == ("admin", str(three[0].pk))
    assert json.loads(entry.change_message)[0]["reason"] == REASON["reason"]
    assert "applied again now" in get(f"{LIST}{three[0].pk}/").content.decode()


def test_all_that_a_list_shows_are_applied_again(three: list[InboundEvent], get: Get, client: Client) -> None:
    assert f"{LIST}replay/?state=failed" in get(f"{LIST}?state=failed").content.decode()
    preview = get(f"{LIST}replay/?state=failed").content.decode()
    assert "Apply 2 webhooks again" in preview
    assert states() == [InboundState.DEAD, InboundState.PARKED, InboundState.IGNORED]

    answer = post(client, f"{LIST}replay/?state=failed", **REASON)

    assert (answer.status_code, answer.headers["Location"]) == (302, LIST)
    assert states() == [InboundState.RECEIVED, InboundState.RECEIVED, InboundState.IGNORED]
    entry = LogEntry.objects.get()
    assert (entry.object_id, entry.object_repr) == (None, "state=failed")


@pytest.mark.parametrize("reason", ["", "   ", "x" * 201])
def test_nothing_is_applied_again_without_a_reason(
    three: list[InboundEvent], get: Get, client: Client, reason: str
) -> None:
    get(LIST)

    one = post(client, f"{LIST}{three[0].pk}/replay/", reason=reason)
    many = post(client, f"{LIST}replay/", reason=reason)

    assert (one.status_code, many.status_code) == (302, 422)
    assert states() == [InboundState.DEAD, InboundState.PARKED, InboundState.IGNORED]
    assert LogEntry.objects.count() == 0


def test_who_may_only_look_finds_no_button_and_no_way(
    three: list[InboundEvent], get_as_viewer: Get, client: Client
) -> None:
    assert "replay" not in get_as_viewer(f"{LIST}{three[0].pk}/").content.decode()
    assert "replay" not in get_as_viewer(LIST).content.decode()

    answers = [
        post(client, f"{LIST}{three[0].pk}/replay/", **REASON),
        post(client, f"{LIST}replay/", **REASON),
        get_as_viewer(f"{LIST}replay/"),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert states() == [InboundState.DEAD, InboundState.PARKED, InboundState.IGNORED]


def test_the_right_to_replay_is_one_of_its_own(
    three: list[InboundEvent], get_as_viewer: Get, people: tuple[User, User], client: Client
) -> None:
    people[1].user_permissions.add(Permission.objects.get(codename="replay_inboundevent"))
    get_as_viewer(LIST)

    assert post(client, f"{LIST}{three[0].pk}/replay/", **REASON).status_code == 302
    assert states()[0] == InboundState.RECEIVED


def test_a_form_of_another_site_replays_nothing(three: list[InboundEvent], people: tuple[User, User]) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(people[0])

    answers = [post(strict, f"{LIST}{three[0].pk}/replay/", **REASON), post(strict, f"{LIST}replay/", **REASON)]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert states() == [InboundState.DEAD, InboundState.PARKED, InboundState.IGNORED]


def test_one_webhook_is_replayed_by_post_alone(three: list[InboundEvent], get: Get) -> None:
    assert get(f"{LIST}{three[0].pk}/replay/").status_code == 405
    assert get(f"{LIST}999999/replay/").status_code == 405


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("state=dead", [0]),
        ("state=unused", [2]),
        ("type=payment_intent.processing", [1]),
        ("gateway=stripe", [2, 1, 0]),
        ("gateway=stripe&type=charge.updated", [2]),
        ("payment=4711", [1]),
        ("payment=x", []),
        ("account={account}", [2, 1, 0]),
    ],
)
def test_webhooks_are_found_by_what_they_are(
    scene: Scene, three: list[InboundEvent], get: Get, words: str, wanted: list[int]
) -> None:
    InboundEvent.objects.filter(pk=three[1].pk).update(payment_id=4711)
    address = f"{LIST}?{words.format(account=f'gwa_{scene.account.public_id.hex}')}"

    shown = get(address).context_data["cl"].result_list

    assert [row.pk for row in shown] == [three[number].pk for number in wanted]


def test_types_without_use_are_listed_and_lead_to_their_webhooks(scene: Scene, get: Get) -> None:
    now = clock.now()
    UnusedEventType.objects.create(
        gateway="stripe", event_type="v2.of.the.future", count=3, first_seen_at=now, last_seen_at=now
    )

    page = get("/admin/gateways/unusedeventtype/").content.decode()

    assert "v2.of.the.future" in page
    assert f"{LIST}?gateway=stripe&amp;type=v2.of.the.future" in page


def test_a_form_and_a_query_are_shown_without_what_is_not_known_to_be_harmless(scene: Scene, get: Get) -> None:
    event = scene.webhook()
    event.body = b"cpm_trans_id=att-17&cpm_amount=5000&cpm_custom=&cel_phone_num=0707c4n4ry&buyer_name=C4n4ry"
    event.query = "reference=att_17&of=payout&note=c4n4ry"
    event.save()

    page = get(f"{LIST}{event.pk}/").content.decode()

    assert "cpm_trans_id=att-17&amp;cpm_amount=5000&amp;cpm_custom=&amp;cel_phone_num=" in page
    assert "reference=att_17&amp;of=payout&amp;note=" in page
    assert "c4n4ry" not in page.lower()


def test_a_payment_leads_to_its_webhooks(scene: Scene, get: Get) -> None:
    payment = scene.pay()
    scene.webhook()

    page = get(f"/admin/payments/payment/{payment.shown_id}/").content.decode()
    shown = get(f"{LIST}?payment={payment.pk}").context_data["cl"].result_list

    assert f"{LIST}?payment={payment.pk}" in page
    assert [event.payment_id for event in shown] == [payment.pk]


def test_a_gateway_administrator_may_replay(scene: Scene) -> None:
    group = make_gateway_administrator()

    assert group.permissions.filter(codename="replay_inboundevent").exists()


@pytest.mark.parametrize(("gateway", "words"), [("stripe", "Valid: only signed"), ("mtn_momo", "Proves too little")])
def test_a_webhook_says_what_its_signature_is_worth(scene: Scene, get: Get, gateway: str, words: str) -> None:
    event = scene.webhook()
    scene.account.gateway = gateway
    scene.account.save()

    assert words in get(f"{LIST}{event.pk}/").content.decode()
