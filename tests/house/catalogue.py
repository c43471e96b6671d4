"""Writes the table in docs/reliability.md: `python -m tests.house.catalogue`. From the `row` markers of the tests."""

import ast
import re
from collections import defaultdict
from dataclasses import dataclass

from tests.house.source import ROOT, modules

PAGE = ROOT / "docs" / "reliability.md"
_ROWS = ROOT / "tests" / "house" / "catalogue.txt"
_PLACE = re.compile(r"(<!-- rows -->\n).*(<!-- end of rows -->)", re.DOTALL)
_TEST = re.compile(r"`(\S+::\S+)`")
_SHOWN_MAX = 2


@dataclass(frozen=True)
class Row:
    """One line of the catalogue. `excuse`: what holds it where no test names it, or why nothing does."""

    id: str
    what: str
    excuse: str

    @property
    def is_held(self) -> bool:
        return self.excuse.startswith("by ")

    @property
    def named(self) -> str:
        """The test an excuse names; empty where it names none."""
        found = _TEST.search(self.excuse)
        return found[1] if found else ""


def rows() -> list[Row]:
    found = []
    for line in _ROWS.read_text().splitlines():
        if not line.startswith("#"):
            name, _, rest = line.partition(" ")
            what, _, excuse = rest.partition(" :: ")
            found.append(Row(name, what, excuse))
    return found


def holders_of_rows() -> dict[str, list[str]]:
    """The tests that name each row, as `file::test`."""
    found: dict[str, list[str]] = defaultdict(list)
    for module in modules("tests"):
        of_module = _named_by_module(module.tree)
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                named = [row for mark in node.decorator_list for row in _rows_in(mark)]
                for row in dict.fromkeys([*of_module, *named]):
                    found[row].append(f"{module.name.removeprefix('tests/')}::{node.name}")
    return found


def _named_by_module(tree: ast.Module) -> list[str]:
    assigned = [node for node in tree.body if isinstance(node, ast.Assign)]
    marks = [node for node in assigned if any(ast.unparse(target) == "pytestmark" for target in node.targets)]
    return [row for node in marks for row in _rows_in(node.value)]


def _rows_in(node: ast.AST) -> list[str]:
    calls = [each for each in ast.walk(node) if isinstance(each, ast.Call) and _is_row(each)]
    return [str(argument.value) for call in calls for argument in call.args if isinstance(argument, ast.Constant)]


def _is_row(call: ast.Call) -> bool:
    return ast.unparse(call.func) == "pytest.mark.row"


def table() -> str:
    held = holders_of_rows()
    lines = ["| row | what goes wrong | held by |", "|---|---|---|"]
    lines += [f"| {row.id} | {row.what} | {_holders(held.get(row.id, []), row)} |" for row in rows()]
    count = sum(1 for row in rows() if row.id in held or row.is_held)
    return f"{count} of {len(rows())} rows are held.\n\n" + "\n".join(lines) + "\n"


def _holders(names: list[str], row: Row) -> str:
    if not names:
        return row.excuse.removeprefix("by ") if row.is_held else f"*{row.excuse}*"
    shown = [f"`{name}`" for name in names[:_SHOWN_MAX]]
    more = len(names) - len(shown)
    return "<br>".join([*shown, *([f"and {more} more"] if more else [])])


def page(text: str) -> str:
    """The page with the table as the tests have it now."""
    return _PLACE.sub(lambda found: found[1] + table() + found[2], text)


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text()))
