"""The project's own source, as the house rules read it."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SERVICE = (
    "payments_project",
    "common",
    "tenants",
    "events",
    "gateways",
    "wallets",
    "commissions",
    "payments",
    "reconciliation",
    "console",
)
EVERYTHING = (*SERVICE, "demo", "simulator", "devstack", "bench", "tests")


@dataclass(frozen=True)
class Module:
    path: Path
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        return str(self.path.relative_to(ROOT))

    def nodes(self) -> Iterator[ast.AST]:
        return ast.walk(self.tree)


def modules(*packages: str, with_migrations: bool = False) -> list[Module]:
    found = []
    for package in packages:
        for path in sorted((ROOT / package).rglob("*.py")):
            if with_migrations or "migrations" not in path.parts:
                text = path.read_text()
                found.append(Module(path, text, ast.parse(text)))
    return found


def dotted(node: ast.AST) -> str:
    """`datetime.now` for the expression that says so; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (head := dotted(node.value)):
        return f"{head}.{node.attr}"
    return ""
