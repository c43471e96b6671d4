"""French is complete: every string of the project has French, and the compiled catalog is the one that is written."""

import gettext
import re

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation

from console import catalog
from tests.console import addresses
from tests.console.conftest import Get
from tests.console.scene import Scene, play_a_month


def test_every_string_of_the_project_has_french() -> None:
    written = {key.split(catalog.PLURAL_MARK)[0] for key in catalog.read_po(catalog.po_path().read_text("utf-8"))}

    missing = sorted(text for text in catalog.strings_of_project() - written if text.strip())

    assert missing == []


def test_the_compiled_catalog_is_the_written_one() -> None:
    written = catalog.read_po(catalog.po_path().read_text("utf-8"))

    assert catalog.po_path().with_suffix(".mo").read_bytes() == catalog.mo_bytes(written), "manage.py compile_locale"


def test_the_compiled_catalog_is_read_by_gettext() -> None:
    with catalog.po_path().with_suffix(".mo").open("rb") as compiled:
        french = gettext.GNUTranslations(compiled)

    assert french.gettext("Payments") == "Paiements"
    assert french.ngettext("%(shown)s row", "%(shown)s rows", 2) == "%(shown)s lignes"
    assert french.ngettext("%(shown)s row", "%(shown)s rows", 1) == "%(shown)s ligne"


def test_no_line_of_french_begins_with_a_mark() -> None:
    block = 'msgid "Is it “open”: yes?"\nmsgstr "Est-il « ouvert » : oui ?"'

    assert catalog.read_po(block) == {
        "Is it “open”: yes?": "Est-il «\u00a0ouvert\u00a0»\u00a0: oui\u00a0?",
    }


def test_placeholders_survive_translation() -> None:
    for key, value in catalog.read_po(catalog.po_path().read_text("utf-8")).items():
        for text in value.split(catalog.PLURAL_MARK):
            wanted = set(re.findall(r"%\(\w+\)s", key.split(catalog.PLURAL_MARK)[0]))
            if key:
                assert set(re.findall(r"%\(\w+\)s", text)) == wanted, key


@pytest.mark.parametrize("word", ["Stuck or in doubt", "Payments", "Where the money is", "Log out", "Older", "Newer"])
def test_no_english_of_ours_is_left_on_a_french_page(scene: Scene, get: Get, client: Client, word: str) -> None:
    play_a_month(scene)
    client.cookies["django_language"] = "fr"

    for address in addresses.everything():
        text = re.sub(r"<[^>]+>", "\n", get(address).content.decode())

        assert word not in [line.strip() for line in text.splitlines()], address


def test_amounts_follow_the_language(scene: Scene, get: Get, client: Client) -> None:
    payment = scene.pay()
    address = f"/admin/payments/payment/{payment.shown_id}/"

    english = get(address).content.decode()
    client.cookies["django_language"] = "fr"
    french = get(address).content.decode()

    assert ">120.37\u00a0EUR</span>" in english
    assert ">120,37\u00a0EUR</span>" in french


def test_the_readers_language_ends_with_the_answer(scene: Scene, get: Get, client: Client) -> None:
    client.cookies["django_language"] = "fr"

    assert "Accueil" in get("/admin/").content.decode()

    assert translation.get_language() == "en"


def test_the_language_is_switched_by_post_alone(scene: Scene, get: Get, client: Client) -> None:
    client.get("/admin/language/?language=fr", headers={"host": "localhost"})
    assert "django_language" not in client.cookies

    client.post("/admin/language/", {"language": "fr", "next": "/admin/"}, headers={"host": "localhost"})
    assert client.cookies["django_language"].value == "fr"


def test_two_languages_are_offered() -> None:
    assert [code for code, _name in settings.LANGUAGES] == ["en", "fr"]
    with translation.override("fr"):
        assert translation.gettext("Home") == "Accueil"
