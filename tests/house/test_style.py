"""The house style where it can be measured: size, the clock, floats, who moves a status, who imports whom."""

import ast
import re

import pytest

from tests.house.source import EVERYTHING, SERVICE, Module, dotted, modules

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60
CLOCK_READERS = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "datetime.datetime.now",
    "date.today",
    "timezone.now",
    "time.time",
    "time.time_ns",
    "time.monotonic",
    "time.perf_counter",
    "time.sleep",
}
# A version 7 UUID carries the millisecond in which it was made; nobody reads it as a time.
CLOCK_ALLOWED = {"common/clock.py", "common/ids.py"}
MONEY_MODULES = re.compile(
    r"common/(money|currencies|formatting)\.py|commissions/.*|wallets/.*|events/.*|gateways/contract\.py"
    r"|gateways/(adapters/.*)?amounts\.py|payments/(states|postings|requests|presentation|answers|selectors)\.py"
    r"|payments/(models|services)/.*|reconciliation/(apply|sweep)\.py"
)
# Seconds to linger and to pause are no money.
NO_MONEY = {"linger_seconds", "pause", "0.01"}


def ids_of(module: Module) -> str:
    return module.name


@pytest.mark.parametrize("package", EVERYTHING)
def test_no_file_is_longer_than_the_wall(package: str) -> None:
    long = {module.name: module.text.count("\n") for module in modules(package)}

    assert {name: lines for name, lines in long.items() if lines > FILE_LINES_MAX} == {}


@pytest.mark.parametrize("package", EVERYTHING)
def test_no_function_is_longer_than_the_wall(package: str) -> None:
    long = {
        f"{module.name}:{node.name}": lines
        for module in modules(package)
        for node in module.nodes()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or 0) - node.lineno + 1) > FUNCTION_LINES_MAX
    }

    assert long == {}


def test_one_module_reads_the_clock() -> None:
    readers = {
        f"{module.name}:{node.lineno} {called}"
        for module in modules(*SERVICE)
        if module.name not in CLOCK_ALLOWED
        for node in module.nodes()
        if isinstance(node, ast.Attribute) and (called := dotted(node)) in CLOCK_READERS
    }

    assert readers == set()


def test_no_float_is_near_money() -> None:
    floats = {
        f"{module.name}:{node.lineno}"
        for module in modules(*SERVICE)
        if MONEY_MODULES.fullmatch(module.name)
        for node in module.nodes()
        if isinstance(node, ast.expr)
        and _is_float(node)
        and not any(word in module.text.splitlines()[node.lineno - 1] for word in NO_MONEY)
    }

    assert floats == set()


def _is_float(node: ast.AST) -> bool:
    is_literal = isinstance(node, ast.Constant) and isinstance(node.value, float)
    return is_literal or (isinstance(node, ast.Name) and node.id == "float") or dotted(node) == "models.FloatField"


def test_one_line_moves_the_status_of_a_payment() -> None:
    movers = {
        f"{module.name}:{target.lineno}"
        for module in modules("payments", "reconciliation", "console", "demo")
        for node in module.nodes()
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Attribute) and target.attr == "status"
    }

    assert len(movers) == 1
    assert next(iter(movers)).startswith("payments/models/payment.py:")


def test_no_query_moves_the_status_of_a_payment_but_the_two_statements() -> None:
    pattern = re.compile(r"\bPayment\.objects\b[^\n]*\.update\([^)]*\bstatus=|UPDATE payments_payment\b")
    movers = {module.name for module in modules(*SERVICE) if pattern.search(module.text)}

    assert movers == {"payments/services/charge_sql.py", "payments/services/settle_sql.py"}


def test_one_app_writes_the_books() -> None:
    pattern = re.compile(
        r"(INSERT INTO|UPDATE|DELETE FROM) wallets_|"
        r"\b(LedgerEntry|LedgerTransaction|Balance|LedgerAccount)\.objects\.(create|bulk_create|update|get_or_create)"
    )
    writers = {module.name for module in modules(*SERVICE) if pattern.search(module.text)}

    assert writers == {"wallets/ledger_sql.py", "wallets/accounts.py"}


@pytest.mark.parametrize("module", modules(*SERVICE, with_migrations=True), ids=ids_of)
def test_the_service_imports_nothing_that_stands_beside_it(module: Module) -> None:
    beside = {"simulator", "demo", "bench", "devstack", "tests"}
    imported = {
        name.split(".")[0]
        for node in module.nodes()
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names])
    }

    assert imported & beside == set()


def test_no_file_is_named_for_what_does_not_belong_anywhere() -> None:
    names = {module.path.stem for module in modules(*EVERYTHING)}

    assert names & {"utils", "helpers", "misc", "common", "signals"} == set()


def test_nothing_is_wired_by_signals() -> None:
    pattern = re.compile(r"\b(post_save|pre_save|m2m_changed|post_delete|pre_delete)\b")

    assert {module.name for module in modules(*SERVICE) if pattern.search(module.text)} == set()


@pytest.mark.parametrize("package", [package for package in EVERYTHING if package != "tests"])
def test_every_module_says_what_it_decides(package: str) -> None:
    silent = {
        module.name
        for module in modules(package)
        if module.tree.body and not ast.get_docstring(module.tree) and module.path.name != "__init__.py"
    }

    assert silent == set()
