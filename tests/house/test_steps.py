"""The steps of the flows that move money: the labels in the code are those of the table, and each is passed."""

import ast
from collections.abc import Iterator

import pytest

from common import steps
from payments.models.attempt import NextStep
from tests.house.source import SERVICE, dotted, modules


@pytest.fixture
def nobody_listens_afterwards() -> Iterator[None]:
    yield
    steps.listen(None)


def labels_of(node: ast.expr) -> set[str]:
    if isinstance(node, ast.Constant):
        return {str(node.value)}
    # The one label that is put together: the move towards the gateway, and whether it was made.
    assert isinstance(node, ast.JoinedStr)
    ending = node.values[-1]
    assert isinstance(ending, ast.Constant)
    return {move.value + str(ending.value) for move in NextStep}


def test_the_labels_in_the_code_are_those_of_the_table() -> None:
    found = [
        label
        for module in modules(*SERVICE)
        for node in module.nodes()
        if isinstance(node, ast.Call) and dotted(node.func) == "steps.at"
        for label in labels_of(node.args[0])
    ]
    table = [label for labels in steps.FLOWS.values() for label in labels]

    assert sorted(found) == sorted(table)
    assert len(set(table)) == len(table)


def test_a_step_tells_who_listens_and_nobody_else(nobody_listens_afterwards: None) -> None:
    heard: list[str] = []
    steps.at("create.recorded")

    steps.listen(heard.append)
    steps.at("create.called")
    steps.listen(None)
    steps.at("create.concluded")

    assert heard == ["create.called"]
