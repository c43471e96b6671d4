"""The wallet page: figures that equal their statement, the past as it was, and a file that is safe to open."""

import csv
import io
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from common import ids
from common.money import Money
from console.books.statement_file import HEADER, as_text
from payments.models import Payment
from tests.console.conftest import Get
from tests.console.scene import HOSTILE, Scene, play_a_month
from wallets import balances
from wallets.models import Wallet

# Pages begin with this month, and the first of a month has hardly begun: tests name a day.
LONG_AGO = {"from": "2020-01-01"}


@pytest.fixture
def wallet(scene: Scene) -> Wallet:
    play_a_month(scene)
    return scene.wallets["EUR"]


def address_of(wallet: Wallet, **words: str) -> str:
    key = ids.show(ids.WALLET, wallet.public_id)
    return f"{reverse('admin:wallets_wallet_change', args=[key])}?{urlencode(LONG_AGO | words)}"


def file_of(wallet: Wallet, **words: str) -> str:
    key = ids.show(ids.WALLET, wallet.public_id)
    return f"{reverse('admin:books_statement_file', args=[key])}?{urlencode(LONG_AGO | words)}"


def rows_of_file(get: Get, wallet: Wallet, **words: str) -> list[dict[str, str]]:
    answer = get(file_of(wallet, **words))
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_each_figure_is_the_closing_balance_of_its_statement(wallet: Wallet, get: Get) -> None:
    for figure in get(address_of(wallet)).context["figures"]:
        statement = get(address_of(wallet, part=figure.part.code)).context["statement"]
        assert statement.closing == figure.amount


def test_the_available_figure_is_the_newest_lines_balance(wallet: Wallet, get: Get) -> None:
    context = get(address_of(wallet)).context
    held = balances.of_wallets([wallet])[wallet.pk]

    assert context["rows"][0].balance_after == context["statement"].closing == held.available
    assert held.available.is_positive


def test_a_past_day_shows_the_wallet_as_it_was(wallet: Wallet, scene: Scene, get: Get) -> None:
    day = (scene.now - timedelta(days=10)).date()
    paid = Payment.objects.filter(wallet=wallet, completed_at__date__lte=day)
    expected = sum((payment.net for payment in paid), Money.zero("EUR"))

    context = get(address_of(wallet, to=day.isoformat())).context

    assert context["statement"].closing == context["figures"][0].amount == expected
    assert expected.is_positive


def test_opening_and_lines_come_to_closing(wallet: Wallet, scene: Scene, get: Get) -> None:
    first, last = ((scene.now - timedelta(days=days)).date() for days in (12, 3))

    context = get(address_of(wallet, **{"from": first.isoformat(), "to": last.isoformat()})).context
    statement = context["statement"]

    moved = sum((row.credit for row in context["rows"] if row.credit), Money.zero("EUR"))
    assert moved.is_positive
    assert statement.opening + moved == statement.closing
    assert statement.totals.credit == moved


def test_the_rule_for_a_sale_made_now_is_named(wallet: Wallet, get: Get) -> None:
    (terms,) = get(address_of(wallet)).context["terms"]

    assert (terms.commission_type, terms.version.number) == ("ticket_sale", 1)
    assert "5\u00a0% + 0.40\u00a0EUR" in get(address_of(wallet)).content.decode()


def test_a_wallet_that_no_sale_reached_says_so(scene: Scene, get: Get) -> None:
    page = get(address_of(scene.wallets["TND"])).content.decode()

    assert "Nothing came or went on these days." in page
    assert "No payment for this wallet yet." in page
    assert "sales are refused" in page


def test_a_wallet_is_found_by_its_owners_id_and_its_own(wallet: Wallet, get: Get) -> None:
    listed = reverse("admin:wallets_wallet_changelist")
    for term in ("org-baobab", ids.show(ids.WALLET, wallet.public_id)):
        assert get(f"{listed}?q={term}").context["cl"].result_list == [wallet]


def test_an_owners_name_is_shown_as_text_everywhere(wallet: Wallet, get: Get) -> None:
    Wallet.objects.filter(pk=wallet.pk).update(owner_name=HOSTILE)

    for address in (
        address_of(wallet),
        reverse("admin:wallets_wallet_changelist"),
        reverse("admin:wallets_ledgeraccount_changelist"),
        reverse("admin:books_trial_balance") + "?currency=EUR",
    ):
        page = get(address).content.decode()
        assert "<script>alert" not in page
        assert "{{ 7|add:7 }}" in page


def test_the_accounts_of_a_wallet_are_found_by_its_owner(wallet: Wallet, get: Get) -> None:
    listed = reverse("admin:wallets_ledgeraccount_changelist")
    for term in ("org-baobab", ids.show(ids.WALLET, wallet.public_id)):
        assert [row.party_id for row in get(f"{listed}?q={term}").context["cl"].result_list] == [wallet.pk]


def test_the_finder_opens_a_wallet_and_not_its_payments(wallet: Wallet, get: Get) -> None:
    key = ids.show(ids.WALLET, wallet.public_id)

    answer = get(f"/admin/search/?s={key}")

    assert (answer.status_code, answer["Location"]) == (
        302,
        reverse("admin:wallets_wallet_change", args=[key]),
    )


def test_the_list_of_wallets_sums_to_the_trial_balance(wallet: Wallet, get: Get) -> None:
    total = get(reverse("admin:wallets_wallet_changelist")).context["total"]
    groups = get(reverse("admin:books_trial_balance") + "?currency=EUR").context["balance"].categories
    liability = next(group for group in groups if group.category == "liability")

    assert liability.figures.closing in [money for _words, money in total.amounts]


def test_a_stranger_to_payments_sees_none_on_the_wallet(wallet: Wallet, client: Client) -> None:
    person = User.objects.create_user("kofi", password="tests-only", is_staff=True)
    person.user_permissions.add(Permission.objects.get(codename="view_wallet"))
    client.force_login(person)

    answer = client.get(address_of(wallet), headers={"host": "localhost"})

    assert answer.status_code == 200
    assert "payments" not in answer.context


def test_the_file_has_the_lines_and_totals_of_the_page(wallet: Wallet, get: Get) -> None:
    context = get(address_of(wallet)).context
    opening, *lines, closing = rows_of_file(get, wallet)

    assert (opening["row"], closing["row"]) == ("opening", "closing")
    assert [row["transaction"] for row in lines][::-1][:50] == [row.transaction_id for row in context["rows"]]
    assert closing["balance"] == str(context["statement"].closing.to_decimal())
    assert closing["money_in"] == str(context["statement"].totals.credit.to_decimal())
    assert opening["balance"] == str(context["statement"].opening.to_decimal())
    assert lines[-1]["balance"] == closing["balance"]


def test_the_file_writes_amounts_with_a_point_in_every_language(wallet: Wallet, get: Get, client: Client) -> None:
    client.cookies["django_language"] = "fr"

    closing = rows_of_file(get, wallet)[-1]

    assert "." in closing["balance"]
    assert "," not in closing["balance"]


def test_the_file_of_an_unused_part_has_its_two_balances(wallet: Wallet, get: Get) -> None:
    assert [row["balance"] for row in rows_of_file(get, wallet, part="debt")] == ["0.00", "0.00"]


def test_a_spreadsheet_runs_nothing_from_the_file(scene: Scene, get: Get) -> None:
    payment = scene.pay(order_id='=HYPERLINK("http://evil.example";"pay")', description=HOSTILE)

    line = rows_of_file(get, payment.wallet)[1]

    assert line["order"] == '\'=HYPERLINK("http://evil.example";"pay")'
    assert set(line) == set(HEADER)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1"])
def test_text_that_could_be_a_formula_stays_text(text: str) -> None:
    assert as_text(text) == f"'{text}"


def test_an_amount_below_zero_stays_a_number() -> None:
    assert as_text(Money(-4_21, "EUR")) == "-4.21"


def test_a_file_that_would_be_too_long_is_refused(wallet: Wallet, get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.books.statement_file.LINES_MAX", 1)

    assert get(file_of(wallet)).status_code == 400


@pytest.mark.parametrize("key", ["wal_00000000000000000000000000000000", "nonsense"])
def test_a_file_of_nobody_is_not_found(wallet: Wallet, get: Get, key: str) -> None:
    assert get(reverse("admin:books_statement_file", args=[key])).status_code == 404


def test_a_file_needs_the_right_to_see_wallets(wallet: Wallet, client: Client) -> None:
    client.force_login(User.objects.create_user("kofi", password="tests-only", is_staff=True))

    assert client.get(file_of(wallet), headers={"host": "localhost"}).status_code == 403


def test_a_part_that_does_not_exist_is_refused(wallet: Wallet, get: Get) -> None:
    assert get(address_of(wallet, part="everything")).status_code == 400
