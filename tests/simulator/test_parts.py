"""The parts that need no server: paths, parameters, lists of timed work, the README's tables."""

import re
import threading
from pathlib import Path

import pytest

import simulator
from simulator.agenda import Agenda
from simulator.faults import FaultKind
from simulator.routing import Route, Router
from simulator.stripe import currencies
from simulator.stripe.cards import CARDS
from simulator.stripe.errors import ParameterRefused
from simulator.stripe.params import Metadata, Texts, Whole, YesNo, check, parse_tree


def _route(method: str, path: str) -> Route:
    return Route(method=method, path=path, operation="x", handler=lambda: None)


def test_literal_segment_wins_over_a_variable() -> None:
    router = Router([_route("GET", "/things/{id}"), _route("GET", "/things/search"), _route("POST", "/things/{id}/go")])

    found = router.find("GET", "/things/search")
    variable = router.find("GET", "/things/th_1")
    deeper = router.find("POST", "/things/th_1/go")

    assert found is not None and found[0].path == "/things/search"
    assert variable is not None and variable[1] == {"id": "th_1"}
    assert deeper is not None and deeper[1] == {"id": "th_1"}
    assert router.find("GET", "/things") is None
    assert router.find("DELETE", "/things/th_1") is None


def test_path_registered_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="registered twice"):
        Router([_route("GET", "/things/{id}"), _route("GET", "/things/{other}")])


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a=1&b=", {"a": "1", "b": ""}),
        ("a[b]=1&a[c][d]=2", {"a": {"b": "1", "c": {"d": "2"}}}),
        ("e[]=x&e[]=y", {"e": ["x", "y"]}),
        ("e[0]=x&e[1]=y", {"e": {"0": "x", "1": "y"}}),
        ("a%5Bb%5D=%C3%A9", {"a": {"b": "é"}}),
    ],
)
def test_bracketed_fields_become_a_tree(text: str, tree: dict) -> None:
    assert parse_tree(text) == tree


@pytest.mark.parametrize("text", ["a=1&a[b]=2", "a[]=1&a[b]=2"])
def test_contradicting_fields_are_refused(text: str) -> None:
    with pytest.raises(ParameterRefused):
        parse_tree(text)


def test_values_are_converted_by_their_kind() -> None:
    spec = {"n": Whole(), "y": YesNo(), "l": Texts(), "m": Metadata()}

    assert check(parse_tree("n=-5&y=true&l[0]=a&l[1]=b&m[k]=v"), spec) == {
        "n": -5, "y": True, "l": ["a", "b"], "m": {"k": "v"},
    }  # fmt: skip


@pytest.mark.parametrize("text", ["n=١٢", "n=1e3", "n=", "y=yes", "m=x", "l=x", "n=9999999999999999999"])
def test_malformed_values_are_refused(text: str) -> None:
    with pytest.raises(ParameterRefused):
        check(parse_tree(text), {"n": Whole(), "y": YesNo(), "l": Texts(), "m": Metadata()})


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (1_234_56, "eur", "1,234.56 EUR"),
        (5000, "xof", "5,000 XOF"),
        (5_120, "kwd", "5.120 KWD"),
        (5, "usd", "0.05 USD"),
    ],
)
def test_amounts_are_shown_in_whole_units(amount: int, currency: str, text: str) -> None:
    assert currencies.shown(amount, currency=currency) == text


def test_amounts_are_shown_the_french_way() -> None:
    assert currencies.shown(1_234_56, currency="eur", language="fr") == "1\u202f234,56 EUR"


@pytest.mark.parametrize(
    ("amount", "currency", "fee"), [(10_000, "eur", 175), (13_37, "eur", 45), (5000, "xof", 75), (20, "usd", 20)]
)
def test_fee_is_exact_and_never_above_the_amount(amount: int, currency: str, fee: int) -> None:
    assert currencies.fee(amount, currency=currency) == fee


def test_timed_work_is_done_in_order_of_its_time() -> None:
    done: list[str] = []
    finished = threading.Event()
    agenda = Agenda(name="test", threads=1, farewell=finished.set)

    agenda.add(lambda: done.append("later"), delay_seconds=0.1)
    agenda.add(lambda: done.append("soon"))
    agenda.add(agenda.stop, delay_seconds=0.15)

    assert finished.wait(5)
    assert done == ["soon", "later"]


def test_readme_lists_every_fault_and_every_card() -> None:
    text = (Path(simulator.__file__).parent / "README.md").read_text()
    first_cells = {
        cell for row in re.findall(r"^\| (.+?) \|", text, re.MULTILINE) for cell in re.findall(r"`(\w+)`", row)
    }

    assert {str(kind) for kind in FaultKind} <= first_cells
    assert set(CARDS) <= first_cells
