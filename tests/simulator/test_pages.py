import pytest
import requests

from simulator.stripe.cards import CARDS
from simulator.stripe.texts import TEXTS
from tests.simulator.conftest import Shop


def _page(shop: Shop, path: str, *, language: str = "en") -> requests.Response:
    return shop.session.get(f"{shop.simulator.url}{path}", headers={"Accept-Language": language}, timeout=5)


def _press(shop: Shop, path: str, **fields: str) -> requests.Response:
    return shop.session.post(f"{shop.simulator.url}{path}", data=fields, allow_redirects=False, timeout=5)


def test_payer_sees_amount_payee_and_cards(shop: Shop) -> None:
    intent = shop.create(description="Two <seats>")

    page = _page(shop, f"/pay/stripe/{intent.id}").text

    assert "13.37 EUR" in page
    assert "Odd Shop" in page
    assert "Two &lt;seats&gt;" in page
    assert all(f'value="{card}"' in page for card in CARDS)
    assert "http" not in page.split("</style>")[1]


@pytest.mark.parametrize(
    ("header", "button"), [("fr-FR,fr;q=0.9,en;q=0.8", "Payer"), ("de,en;q=0.5", "Pay"), ("", "Pay")]
)
def test_page_speaks_the_language_of_the_browser(shop: Shop, header: str, button: str) -> None:
    page = _page(shop, f"/pay/stripe/{shop.create().id}", language=header).text

    assert f">{button}</button>" in page


def test_paying_returns_to_the_shop_with_the_result(shop: Shop) -> None:
    intent = shop.create()

    answer = _press(
        shop,
        f"/pay/stripe/{intent.id}",
        action="pay",
        card="pm_card_visa",
        return_url="https://shop.example/done?order=7",
    )

    assert answer.status_code == 303
    assert answer.headers["Location"] == (
        f"https://shop.example/done?order=7&payment_intent={intent.id}"
        f"&payment_intent_client_secret={intent.client_secret}&redirect_status=succeeded"
    )
    assert shop.intents.retrieve(intent.id).status == "succeeded"


def test_declined_card_leaves_the_payer_on_the_page(shop: Shop) -> None:
    intent = shop.create()

    answer = _press(shop, f"/pay/stripe/{intent.id}", action="pay", card="pm_card_visa_chargeDeclined")

    assert answer.headers["Location"] == f"/pay/stripe/{intent.id}"
    assert "Your card was declined." in _page(shop, f"/pay/stripe/{intent.id}").text


def test_authentication_page_leads_back_to_the_shop(shop: Shop) -> None:
    waiting = shop.charge(card="pm_card_authenticationRequired")
    question = f"/pay/stripe/{waiting.id}/3ds"

    shown = _page(shop, question).text
    answer = _press(shop, question, action="authenticate")

    assert ">Authenticate</button>" in shown
    assert ">Fail</button>" in shown
    assert answer.headers["Location"].startswith(f"https://shop.example/back?payment_intent={waiting.id}&")
    assert answer.headers["Location"].endswith("redirect_status=succeeded")


def test_failed_authentication_is_told_to_the_shop(shop: Shop) -> None:
    waiting = shop.charge(card="pm_card_authenticationRequired")

    answer = _press(shop, f"/pay/stripe/{waiting.id}/3ds", action="fail")

    assert answer.headers["Location"].endswith("redirect_status=failed")


def test_cancel_button_cancels(shop: Shop) -> None:
    intent = shop.create()

    _press(shop, f"/pay/stripe/{intent.id}", action="cancel", return_url="https://shop.example/")

    assert shop.intents.retrieve(intent.id).status == "canceled"
    assert "was cancelled" in _page(shop, f"/pay/stripe/{intent.id}").text


def test_return_address_that_could_run_as_a_script_is_ignored(shop: Shop) -> None:
    intent = shop.create()

    answer = _press(
        shop, f"/pay/stripe/{intent.id}", action="pay", card="pm_card_visa", return_url="javascript:alert(1)"
    )

    assert answer.headers["Location"].startswith(f"{shop.simulator.url}/pay/stripe/{intent.id}")


def test_front_page_links_payments_and_shows_faults(shop: Shop) -> None:
    paid = shop.charge(metadata={"reference": "<b>pay_1</b>"})
    shop.receiver.wait_for_type("payment_intent.succeeded")
    shop.fault("html", operation="retrieve")

    page = _page(shop, "/").text

    assert f'href="/pay/stripe/{paid.id}"' in page
    assert "&lt;b&gt;pay_1&lt;/b&gt;" in page
    assert "payment_intent.succeeded" in page
    assert "retrieve" in page


def test_unknown_payment_and_path_are_404(shop: Shop) -> None:
    assert _page(shop, "/pay/stripe/pi_unknown").status_code == 404
    assert _page(shop, "/pay/nobody/1").status_code == 404
    assert _page(shop, "/nothing").status_code == 404


def test_both_languages_say_the_same_things() -> None:
    assert TEXTS["en"].keys() == TEXTS["fr"].keys()
