"""Every page opens, in both languages, for those who may see it and for nobody else; reading changes nothing."""

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from common.remembered import forget_everything
from console.navigation import MENU
from payments.states import Status
from tests.console import addresses
from tests.console.conftest import Get
from tests.console.scene import HOSTILE, Scene, play_a_month

WRITES = ("INSERT", "UPDATE", "DELETE", "TRUNCATE")


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_page_opens_in_both_languages(scene: Scene, get: Get, client: Client, language: str) -> None:
    play_a_month(scene)
    client.cookies["django_language"] = language

    for address in addresses.everything():
        page = get(address)

        assert page.status_code == 200, address
        assert f'<html lang="{language}"' in page.content.decode(), address


def test_a_page_costs_the_same_queries_at_few_and_many_rows(scene: Scene, get: Get) -> None:
    for currency in scene.wallets:
        scene.pay(currency=currency)
    scene.webhook()
    scene.verify()
    few = _queries(get)
    play_a_month(scene)

    many = _queries(get)

    assert many == few
    assert max(many.values()) <= 17, many


def _queries(get: Get) -> dict[str, int]:
    """By the page's kind; asked twice, because the first visitor fills what is kept for a moment.

    All is forgotten before: what another page filled could run out between the two.
    """
    found = {}
    for kind, address in zip(_kinds(), addresses.everything(), strict=True):
        forget_everything()
        get(address)
        with CaptureQueriesContext(connection) as asked:
            get(address)
        found[kind] = len(asked)
    return found


def _kinds() -> list[str]:
    return [f"{n}" for n in range(len(addresses.everything()))]


def test_reading_a_page_changes_nothing_but_the_session(scene: Scene, get: Get) -> None:
    play_a_month(scene)

    for address in addresses.everything():
        with CaptureQueriesContext(connection) as asked:
            get(address)

        writes = [query["sql"] for query in asked if query["sql"].upper().startswith(WRITES)]
        assert [sql for sql in writes if "django_session" not in sql] == [], address


def test_a_stranger_is_sent_to_log_in(scene: Scene, client: Client) -> None:
    play_a_month(scene)

    for address in addresses.everything():
        answer = client.get(address, headers={"host": "localhost"})

        assert answer.status_code == 302, address
        assert answer.headers["Location"].startswith("/admin/login/?next="), address


def test_staff_without_a_right_sees_no_figure(scene: Scene, client: Client) -> None:
    play_a_month(scene)
    client.force_login(User.objects.create_user("new", is_staff=True))

    home = client.get("/admin/", headers={"host": "localhost"})
    others = [client.get(address, headers={"host": "localhost"}) for address in addresses.lists()]

    assert "EUR" not in home.content.decode()
    assert {answer.status_code for answer in others} == {403}


def test_a_finance_viewer_reads_money_and_not_settings(scene: Scene, get_as_viewer: Get) -> None:
    play_a_month(scene)

    assert get_as_viewer("/admin/").status_code == 200
    assert get_as_viewer("/admin/payments/payment/").status_code == 200
    assert get_as_viewer("/admin/gateways/inboundevent/").status_code == 200
    assert get_as_viewer("/admin/tenants/apikey/").status_code == 403
    assert get_as_viewer("/admin/auth/user/").status_code == 403


@pytest.mark.parametrize("ending", ["add/", "1/change/", "1/delete/", "1/history/"])
def test_the_addresses_that_change_a_row_do_not_exist(scene: Scene, get: Get, ending: str) -> None:
    scene.pay()

    for address in addresses.lists():
        assert get(address + ending).status_code in (302, 404), address + ending


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_a_page_that_reads_takes_no_other_method(scene: Scene, get: Get, client: Client, method: str) -> None:
    scene.pay()

    for address in [*addresses.lists(), *addresses.records()]:
        answer = getattr(client, method)(address, headers={"host": "localhost"})
        assert answer.status_code == 405, address


def test_nobody_deletes_a_person(scene: Scene, get: Get, people: tuple[User, User]) -> None:
    assert get(f"/admin/auth/user/{people[1].pk}/delete/").status_code == 403
    assert "delete" not in get("/admin/auth/user/").content.decode().lower()


def test_hostile_text_is_shown_as_text(scene: Scene, get: Get) -> None:
    payment = scene.pay(
        metadata={HOSTILE: HOSTILE},
        description=HOSTILE,
        order_id=HOSTILE,
        line_items=[{"description": HOSTILE, "quantity": 2, "unit_price": 6_018}],
        failure_message=HOSTILE,
    )
    payment.attempts.update(error_code="x", error_message=HOSTILE, gateway_status=HOSTILE[:60])
    scene.webhook(reason=HOSTILE, event_type=HOSTILE)

    for address in ("/admin/payments/payment/", *addresses.records(), "/admin/gateways/inboundevent/"):
        text = get(address).content.decode()

        assert "<script>alert" not in text, address
        assert '" onmouseover="' not in text, address
        assert "{{ 7|add:7 }}" in text or HOSTILE[:8] not in text
        assert "onmouseover" not in text or "&quot; onmouseover" in text


def test_every_entry_of_the_menu_leads_somewhere(scene: Scene, get: Get) -> None:
    page = get("/admin/").content.decode()

    assert "Payments" in page
    assert len(MENU) <= 8
    assert all(len(str(entry.title)) <= 22 for _group, entries in MENU for entry in entries)


def test_the_environment_stands_on_every_page(scene: Scene, get: Get) -> None:
    assert "Sandbox" in get("/admin/").content.decode()
    assert "Africa/Abidjan" in get("/admin/").content.decode()


def test_times_are_shown_on_the_tenants_clock(scene: Scene, get: Get) -> None:
    scene.tenant.timezone = "Asia/Tokyo"
    scene.tenant.save()
    payment = scene.pay(Status.PENDING)
    payment.created_at = payment.created_at.replace(hour=20, minute=15)
    payment.save()

    page = get("/admin/payments/payment/").content.decode()

    assert "05:15</time>" in page
    assert "Asia/Tokyo" in page
