"""Rooms: no circle between modules, none hidden by an import inside a function, and routes that nobody leans on.

import-linter (pyproject.toml) checks which room stands above which; it does not look for circles inside a room.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("kernel", "services", "vca")

AGGREGATORS: frozenset[str] = frozenset()
"""Modules beside each service's `main` that put the routes of a whole room together: one a room at most."""


def _modules() -> dict[str, Path]:
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
    }


def _imported(tree: ast.Module, package: str) -> Iterator[str]:
    """Yield the names that a module imports, wherever in it: `from a import b` may mean the module a.b or a's name b."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, *([node.module] if node.module else [])])
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


@functools.cache
def import_graph() -> dict[str, set[str]]:
    """Return module → the project's modules that it imports."""
    modules = _modules()
    graph: dict[str, set[str]] = {}
    for name, path in modules.items():
        package = name if path.name == "__init__.py" else name.rpartition(".")[0]
        imported = set(_imported(ast.parse(path.read_text(encoding="utf-8")), package))
        if any(other.startswith(f"{package}.") for other in imported):
            # A sibling was named by `from package import sibling`: the package itself is only the way to it.
            imported.discard(package)
        graph[name] = {other for other in imported if other in modules and other != name}
    return graph


def circles(graph: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Return the groups of modules that reach each other, by Tarjan's algorithm; empty where there is no circle."""
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    groups: list[list[str]] = []

    def visit(module: str) -> None:
        order[module] = lowest[module] = len(order)
        stack.append(module)
        for other in graph[module]:
            if other not in order:
                visit(other)
                lowest[module] = min(lowest[module], lowest[other])
            elif other in stack:
                lowest[module] = min(lowest[module], order[other])
        if lowest[module] == order[module]:
            group = stack[stack.index(module) :]
            del stack[stack.index(module) :]
            if len(group) > 1:
                groups.append(sorted(group))

    for module in graph:
        if module not in order:
            visit(module)
    return sorted(groups)


def leaning_on_routes(graph: Mapping[str, Iterable[str]]) -> set[tuple[str, str]]:
    """Return who imports the routes of another slice: (module, routes)."""
    return {
        (module, other)
        for module, imported in graph.items()
        for other in imported
        if other.startswith("services.")
        and other.endswith(".routes")
        and not module.endswith(".main")
        and module not in AGGREGATORS
        and module.rpartition(".")[0] != other.rpartition(".")[0]
    }


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert circles(import_graph()) == []


def test_nothing_but_main_or_an_aggregator_imports_another_slices_routes() -> None:
    assert leaning_on_routes(import_graph()) == set()


def test_an_import_inside_a_function_closes_a_circle_too() -> None:
    upper = ast.parse("def late() -> None:\n    from kernel.values import money\n")
    assert "kernel.values.money" in set(_imported(upper, "kernel.values"))
    assert circles({"a": ["b"], "b": ["c"], "c": ["a"], "d": ["a"]}) == [["a", "b", "c"]]
