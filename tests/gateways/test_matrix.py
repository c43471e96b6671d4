"""The contract suite is whole: every adapter is in it, every test takes every case, none is left out in silence."""

import ast
import re
from pathlib import Path

import pytest

from gateways.registry import ADAPTERS
from gateways.roles import ROLES
from tests.gateways import cases
from tests.gateways.cases import Case
from tests.gateways.matrix import Matrix, case_of

SUITE = sorted(Path(__file__).parent.glob("test_contract*.py"))
SILENCERS = re.compile(r"\bpytest\.(skip|importorskip|xfail)\b|\bmark\.(skip|skipif|xfail)\b")


def _suite() -> list[tuple[str, ast.FunctionDef]]:
    return [
        (path.name, node)
        for path in SUITE
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]


def test_every_adapter_is_in_the_suite() -> None:
    assert {code for code in ADAPTERS if not any(name.startswith(code) for name in cases.codes())} == set()


def test_every_test_of_the_suite_takes_every_case() -> None:
    without = {f"{name}:{test.name}" for name, test in _suite() if "case" not in {arg.arg for arg in test.args.args}}

    assert without == set()


def test_only_a_written_reason_leaves_a_test_out() -> None:
    spots = [path for path in [*SUITE, *Path(cases.__file__).parent.glob("*.py")] if SILENCERS.search(path.read_text())]

    assert spots == [Path(cases.__file__)]
    assert len(SILENCERS.findall(Path(cases.__file__).read_text())) == 1


def test_a_case_is_excused_from_nothing_but_what_the_suite_asks(case: Case) -> None:
    """A misspelt word would excuse nobody, and nobody would see it."""
    known = set(re.findall(r"\w+", Case.needs.__doc__ or "")) | set(ROLES)

    assert {word for word in case.cannot if word.partition("/")[0] not in known} == set()


def test_the_count_tells_what_was_left_out_without_a_reason() -> None:
    matrix = Matrix()
    for outcome, about in [
        ("passed", None),
        ("failed", "broken"),
        ("skipped", ("tests/gateways/cases/__init__.py", 1, "Skipped: stripe: there is no such thing")),
        ("skipped", ("tests/gateways/test_contract.py", 1, "Skipped: not today")),
    ]:
        matrix.add(_report("tests/gateways/test_contract.py::test_it[card-stripe]", outcome, about))
    matrix.add(_report("tests/gateways/test_http.py::test_it[stripe]", "passed", None))

    assert matrix.lines() == [
        "contract suite: 1 cases, 4 tests, 2 ran, 1 of them failed, 2 not applicable (1 WITHOUT a written reason)",
        "  stripe    2 ran   1 failed    2 not applicable",
    ]


@pytest.mark.parametrize(
    ("nodeid", "code"),
    [
        ("tests/gateways/test_contract_doubt.py::test_it[mtn_momo-charge-html]", "mtn_momo"),
        ("tests/gateways/test_contract.py::test_it[orange_money_sonatel]", "orange_money_sonatel"),
        ("tests/gateways/test_contract.py::test_it", None),
        ("tests/gateways/test_routing.py::test_it[stripe]", None),
    ],
)
def test_a_test_of_the_suite_is_counted_for_its_case(nodeid: str, code: str | None) -> None:
    assert case_of(nodeid) == code


def _report(nodeid: str, outcome: str, about: object) -> pytest.TestReport:
    return pytest.TestReport(nodeid, (nodeid, 0, ""), {}, outcome, about, "call")
