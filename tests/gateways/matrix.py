"""How much of the contract suite ran: every case against every test, told at the end of a run that tried it."""

import re
from collections import Counter
from dataclasses import dataclass, field

import pytest

from tests.gateways import cases

_CONTRACT_TEST = re.compile(r"[^\[]*gateways/test_contract\w*\.py::(?P<test>[^\[]+)\[(?P<parameters>.+)\]$")


@dataclass
class Matrix:
    """Tests of the suite by case: `ran`, `left_out` with the reason of its case, `unreasoned`, `failed`."""

    ran: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    unreasoned: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)

    def add(self, report: pytest.TestReport) -> None:
        code = case_of(report.nodeid)
        if code is None:
            return
        if report.skipped:
            (self.left_out if _has_reason(report, code=code) else self.unreasoned)[code] += 1
        elif report.failed:
            self.failed[code] += 1
        else:
            self.ran[code] += 1

    def lines(self) -> list[str]:
        columns = (self.ran, self.failed, self.left_out, self.unreasoned)
        names = sorted({code for column in columns for code in column})
        if not names:
            return []
        width = max(map(len, names))
        ran, failed, left_out, unreasoned = (column.total() for column in columns)
        reasons = f"{unreasoned} WITHOUT a written reason" if unreasoned else "all with reasons"
        total = sum(column.total() for column in columns)
        lines = [
            f"  {name:<{width}} {self.ran[name] + self.failed[name]:>4} ran {self.failed[name]:>3} failed "
            f"{self.left_out[name] + self.unreasoned[name]:>4} not applicable"
            for name in names
        ]
        whole = f"contract suite: {len(names)} cases, {total} tests, {ran + failed} ran, {failed} of them failed"
        return [f"{whole}, {left_out + unreasoned} not applicable ({reasons})", *lines]


def case_of(nodeid: str) -> str | None:
    """The case that a test of the contract suite is about; None for every other test."""
    found = _CONTRACT_TEST.match(nodeid)
    if found is None:
        return None
    return next((part for part in found["parameters"].split("-") if part in cases.codes()), None)


def _has_reason(report: pytest.TestReport, *, code: str) -> bool:
    """Whether `Case.needs` left it out: it writes the adapter's name, then why."""
    if not isinstance(report.longrepr, tuple):
        return False
    name, _, why = report.longrepr[2].removeprefix("Skipped: ").partition(": ")
    return bool(name) and code.startswith(name) and len(why) > 5
