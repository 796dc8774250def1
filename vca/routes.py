"""`vca routes`: every operation with the line that declares it and the function of its slice that reads or writes."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from fastapi.routing import APIRoute

from kernel.web.api_route import Policy
from kernel.web.source_places import Place, place_of
from vca.openapi import SERVICES, application

ROOT = Path(__file__).resolve().parent.parent
Function = Callable[..., Any]


@dataclass(frozen=True)
class Operation:
    """One operation and where it is found, as `file:line` below the project's root."""

    method: str
    path: str
    operation_id: str
    declared_at: str
    written_at: str

    @property
    def line(self) -> str:
        """As the command prints it."""
        return f"{self.method} {self.path} {self.operation_id} {self.declared_at} {self.written_at}"


def operations() -> list[Operation]:
    """Return every operation of every service, in the order of paths."""
    all_operations = [operation(route) for route in all_routes()]
    return sorted(all_operations, key=lambda each: (each.path, each.method))


def all_routes() -> Iterator[APIRoute]:
    """Return every route of every service that the contract tells of."""
    for service in SERVICES:
        for route in application(service).routes:
            if isinstance(route, APIRoute) and route.include_in_schema:
                yield route


def operation(route: APIRoute) -> Operation:
    """Return what is printed of one route."""
    policy: Policy | None = getattr(route.endpoint, "__policy__", None)
    declared = policy.declared if policy is not None and policy.declared is not None else place_of(route.endpoint)
    assert route.methods is not None, route.path
    assert route.operation_id is not None, route.path
    (method,) = route.methods
    return Operation(method, route.path, route.operation_id, _shown(declared), _shown(_definition(written_by(route))))


def _definition(function: Function) -> Place:
    """Return the line of `def`, below the decorators."""
    lines, first = inspect.getsourcelines(function)
    above = next((at for at, line in enumerate(lines) if line.lstrip().startswith(("async def ", "def "))), 0)
    return Place(function.__code__.co_filename, first + above)


def _shown(place: Place) -> str:
    return f"{Path(place.file).relative_to(ROOT)}:{place.line}"


def written_by(route: APIRoute) -> Function:
    """Return the function that reads or writes: the one declared, the one that the endpoint leads to, or the endpoint."""
    writers = writers_of(route)
    return writers[0] if len(writers) == 1 else inspect.unwrap(route.endpoint)


def writers_of(route: APIRoute) -> list[Function]:
    """Return what an operation may be written by: more than one where its declaration has to say which (`written_by=`).

    An endpoint leads to the coroutines of its service that it names, itself or by way of its own module; where some of
    them stand in the `service.py` beside it, to those alone.
    """
    policy: Policy | None = getattr(route.endpoint, "__policy__", None)
    if policy is not None and policy.written_by is not None:
        return [policy.written_by]
    endpoint = inspect.unwrap(route.endpoint)
    coroutines = _coroutines(endpoint, seen={endpoint})
    beside = [each for each in coroutines if each.__module__ == f"{endpoint.__module__.rpartition('.')[0]}.service"]
    return beside or coroutines


def _coroutines(function: Function, seen: set[Function]) -> list[Function]:
    coroutines: dict[Function, None] = {}
    service = function.__module__.split(".")[:2]
    for named in _functions_named(function):
        if named in seen or named.__module__.split(".")[:2] != service or service[0] != "services":
            continue
        seen.add(named)
        if named.__module__ == function.__module__:
            coroutines.update(dict.fromkeys(_coroutines(named, seen)))
        elif inspect.iscoroutinefunction(named):
            coroutines[named] = None
    return list(coroutines)


def _functions_named(function: Function) -> Iterator[Function]:
    names = {**function.__globals__, **inspect.getclosurevars(function).nonlocals}
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function)))):
        named: Any = None
        if isinstance(node, ast.Name):
            named = names.get(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            module = names.get(node.value.id)
            named = getattr(module, node.attr, None) if isinstance(module, ModuleType) else None
        if isinstance(named, FunctionType):
            yield named
