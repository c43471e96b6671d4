"""Which handler answers a path: a tree of path segments, so that a look-up costs the same however many routes exist."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from simulator.wire import Request, Response

PageHandler = Callable[[Request, dict[str, str]], Response]
Handler = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path such as /v1/charges/{id}; `operation` is the name that fault scripts use."""

    method: str
    path: str
    operation: str
    handler: Handler
    details: Any = None


@dataclass(slots=True)
class _Node:
    children: dict[str, "_Node"] = field(default_factory=dict)
    variable: "_Node | None" = None
    names: dict[str, tuple[str, ...]] = field(default_factory=dict)
    routes: dict[str, Route] = field(default_factory=dict)


class Router:
    def __init__(self, routes: Iterable[Route] = ()) -> None:
        self._root = _Node()
        for route in routes:
            self.add(route)

    def add(self, route: Route) -> None:
        node, names = self._root, []
        for segment in route.path.strip("/").split("/"):
            if segment.startswith("{"):
                names.append(segment.strip("{}"))
                node.variable = node.variable or _Node()
                node = node.variable
            else:
                node = node.children.setdefault(segment, _Node())
        if route.method in node.routes:
            raise ValueError(f"{route.method} {route.path} is registered twice.")
        node.routes[route.method] = route
        node.names[route.method] = tuple(names)

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        """The route and the values of its variables, or None. A literal segment wins over a variable."""
        node: _Node | None = self._root
        values: list[str] = []
        for segment in path.strip("/").split("/"):
            if node is None:
                return None
            child = node.children.get(segment)
            if child is None:
                values.append(segment)
                child = node.variable
            node = child
        if node is None or method not in node.routes:
            return None
        return node.routes[method], dict(zip(node.names[method], values, strict=True))
