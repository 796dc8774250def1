"""Every statement declared at import is prepared against the migrated database, and its columns are those of its row."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import sys
import types
import typing
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import asyncpg
import pytest

import kernel
from kernel.database.connections import connect
from kernel.database.statements import DECLARED, Scalar, Statement
from kernel.feed import change_routes, export_selection, following
from kernel.feed.organizations import ORGANIZATIONS
from kernel.records import Resource, embedding, reading, writing
from kernel.web.auth import within
from tests.support.databases import Databases
from vca import rows
from vca.openapi import SERVICES

_PYTHON: dict[str, Any] = {
    "uuid": str,
    "text": str,
    "varchar": str,
    "name": str,
    "int2": int,
    "int4": int,
    "int8": int,
    "xid8": int,
    "bool": bool,
    "numeric": Decimal,
    "date": date,
    "timestamptz": datetime,
    "interval": timedelta,
    "bytea": bytes,
    "json": str,
    "jsonb": str,
    "float8": float,
    "void": None,
    "text[]": list[str],
    "uuid[]": list[str],
    "varchar[]": list[str],
    "int4[]": list[int],
    "int8[]": list[int],
    "date[]": list[date],
}
"""PostgreSQL's type → what asyncpg gives with our codecs (kernel/database/connections.py: connect)."""


def _modules(package: types.ModuleType) -> Iterator[str]:
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not module.name.endswith(("__main__", ".child", "make_templates")):
            yield module.name


def declared_by(package: str) -> list[tuple[str, Any]]:
    """Return every statement that a module of `package` declares, with the module's name."""
    for name in _modules(importlib.import_module(package)):
        importlib.import_module(name)
    return [
        (module, each)
        for module, statements in sorted(DECLARED.items())
        if module == package or module.startswith(f"{package}.")
        for each in statements
    ]


def _plain(hint: Any) -> Any:
    """Return the type that is left of `X | None`, of a Literal and of an alias."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        (hint,) = [each for each in typing.get_args(hint) if each is not type(None)]
    if typing.get_origin(hint) is typing.Literal:
        (hint,) = {type(each) for each in typing.get_args(hint)}
    return hint


async def _faults(connection: asyncpg.Connection[Any], module: str, sql: Any) -> list[str]:
    where = f"{module}: {' '.join(sql.split())[:90]}"
    try:
        prepared = await connection.prepare(str(sql))
    except asyncpg.PostgresError as error:
        return [f"{where}: {error}"]
    columns = {
        attribute.name: _PYTHON.get(attribute.type.name, attribute.type.name) for attribute in prepared.get_attributes()
    }
    if isinstance(sql, Statement):
        wanted = {name: _plain(hint) for name, hint in typing.get_type_hints(sql.row).items()}
        return [
            f"{where}: {name} is {columns.get(name, 'missing')}, the row says {wanted.get(name, 'nothing of it')}"
            for name in sorted(columns.keys() | wanted.keys())
            if columns.get(name, "missing") != wanted.get(name, "nothing of it")
        ]
    if isinstance(sql, Scalar) and list(columns.values()) != [_plain(sql.value)]:
        return [f"{where}: {columns} is not one column of {sql.value}"]
    return []


@pytest.mark.parametrize("service", SERVICES)
async def test_every_statement_of_a_service_has_the_columns_that_its_row_declares(
    service: str, databases: Databases
) -> None:
    async with databases.clone(service) as url:
        connection = await connect(url)
        try:
            statements = declared_by(f"services.{service}")
            faults = [fault for module, sql in statements for fault in await _faults(connection, module, sql)]
        finally:
            await connection.close()
    assert statements, f"{service} declares no statement: nothing was checked"
    print(f"{service}: {len(statements)} statements checked")
    assert not faults, f"{len(faults)} faults in {len(statements)} statements:\n" + "\n".join(faults)


def declared_modules(service: str) -> list[types.ModuleType]:
    """Return every module of a service."""
    package = f"services.{service}"
    for name in _modules(importlib.import_module(package)):
        importlib.import_module(name)
    return [module for name, module in sys.modules.items() if name.startswith(f"{package}.")]


def _resources(service: str) -> dict[str, Resource[Any]]:
    """Return the resources of a service by name: those that its modules name, and those that its feed is made of."""
    named = [value for module in declared_modules(service) for value in vars(module).values()]
    listed = getattr(sys.modules.get(f"services.{service}.main"), "RESOURCES", ())
    return {each.name: each for each in [*named, *listed] if isinstance(each, Resource)}


def composed_of(resource: Resource[Any]) -> Iterator[str]:
    """Yield every statement that the kernel composes of a resource, for all of its columns."""
    table, columns = resource.table.name, resource.columns
    of_json = writing.json_columns(resource.table)
    if "created_by" in columns:  # a view is read alone
        yield writing.insert_statement(table, columns, of_json)
        yield writing.update_statement(table, columns, of_json)
        yield from (writing.delete_statement(table, merged) for merged in (False, True))
    for own in {None, resource.own_sql()}:
        yield from (reading.read_statement(resource.select, own, lock) for lock in (False, True))
    for area in ("VN", "25-2025"):
        yield change_routes.current_statement(resource.select, within(area, [[]], shared=resource.shared))
        condition = within(area, [], shared=resource.shared)
        for group in ("NULL", change_routes.province_column(resource)):
            yield change_routes.checksum_statement(table, group, condition)
        yield export_selection.count_statement(resource, condition)
        yield export_selection.snapshot_statement(resource, condition)


def _named_faults(resource: Resource[Any], prepared: Any, wanted: dict[str, Any]) -> list[str]:
    columns = {each.name: _PYTHON.get(each.type.name, each.type.name) for each in prepared.get_attributes()}
    return [] if columns == wanted else [f"{resource.name}: {columns} instead of {wanted}"]


@pytest.mark.parametrize("service", SERVICES)
async def test_names_are_read_beside_every_column_and_by_themselves(service: str, databases: Databases) -> None:
    async with databases.clone(service) as url:
        connection = await connect(url)
        try:
            faults = []
            for resource in _resources(service).values():
                row = {name: _plain(hint) for name, hint in typing.get_type_hints(resource.row).items()}
                names = {embed.label: str for embed in resource.embeds}
                assert not row.keys() & names.keys(), "a name would hide a column"
                read = await connection.prepare(str(reading.read_statement(resource.named_select, None, False)))
                faults += _named_faults(resource, read, row | names)
                if names:
                    alone = await connection.prepare(embedding.names_statement(resource.embeds))
                    faults += _named_faults(resource, alone, names)
        finally:
            await connection.close()
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("service", SERVICES)
async def test_every_statement_composed_of_a_resource_has_the_columns_of_its_row(
    service: str, databases: Databases
) -> None:
    async with databases.clone(service) as url:
        connection = await connect(url)
        try:
            resources = _resources(service)
            faults = [
                fault
                for name, resource in resources.items()
                for sql in composed_of(resource)
                for fault in await _faults(connection, name, sql)
            ]
        finally:
            await connection.close()
    assert resources, f"{service} has no resource: nothing was checked"
    print(f"{service}: {len(resources)} resources checked")
    assert not faults, "\n".join(faults)


async def test_every_statement_composed_of_a_projection_is_understood(databases: Databases) -> None:
    composed = (following.keep_statement, following.tombstone_statement, following.absent_statement)
    async with databases.clone("funds") as url:
        connection = await connect(url)
        try:
            faults = [
                fault
                for compose in composed
                for fault in await _faults(connection, ORGANIZATIONS.record_type, compose(ORGANIZATIONS))
            ]
        finally:
            await connection.close()
    assert not faults, "\n".join(faults)


async def test_every_statement_of_the_kernel_has_the_columns_that_its_row_declares(databases: Databases) -> None:
    async with databases.clone("funds") as url:
        connection = await connect(url)
        try:
            faults = [
                fault
                for module, sql in declared_by(kernel.__name__)
                for fault in await _faults(connection, module, sql)
            ]
        finally:
            await connection.close()
    assert not faults, "\n".join(faults)


async def test_a_misspelt_a_missing_and_a_wrongly_typed_column_are_faults(databases: Databases) -> None:
    class Row(typing.TypedDict):
        id: str
        state: int
        nmae: str

    async with databases.clone("funds") as url:
        connection = await connect(url)
        try:
            faults = await _faults(connection, "here", Statement(Row, "SELECT id, state, name FROM fund"))
        finally:
            await connection.close()
    assert [fault.partition("fund: ")[2].split()[0] for fault in faults] == ["name", "nmae", "state"]


@pytest.mark.parametrize("service", SERVICES)
def test_the_rows_of_a_service_are_what_its_models_say(service: str) -> None:
    assert Path(rows.path(service)).read_text(encoding="utf-8") == rows.written(service), "run `vca rows`"


_COMPOSED = "composed of what a type of record declares, while the service runs"
_PLAIN_CONNECTION = "runs on asyncpg's own connection, which takes nothing but str itself"
_NOT_YET = "to be declared with its row"
UNDECLARED = {
    "kernel/records/coverages.py": "composed of the conditions of those record types that a claim names",
    "kernel/storage/keys.py": _PLAIN_CONNECTION,
    "services/registry/facts/service.py": _COMPOSED,
    "services/registry/organizations/belongings.py": _COMPOSED,
}
"""Where SQL is run that is no declared statement, and why. Those that are to be declared only grow fewer."""


def _bare(source: str) -> list[str]:
    """Return the SQL that a module hands over as plain text: a literal, or a constant of its own that is one."""
    tree = ast.parse(source)
    text = (ast.Constant, ast.JoinedStr, ast.BinOp)
    constants = {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, text)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    return [
        ast.unparse(node.args[0])
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("fetch", "fetchrow", "fetchval", "execute")
        and node.args
        and (isinstance(node.args[0], text) or (isinstance(node.args[0], ast.Name) and node.args[0].id in constants))
    ]


def test_services_and_kernel_run_declared_statements() -> None:
    root = Path(kernel.__path__[0]).parent
    bare = {
        str(path.relative_to(root)): sql
        for folder in ("kernel", "services")
        for path in sorted((root / folder).rglob("*.py"))
        if (sql := _bare(path.read_text(encoding="utf-8")))
    }
    assert {name: sql for name, sql in bare.items() if name not in UNDECLARED} == {}
    assert set(UNDECLARED) - set(bare) == set(), "no longer needed"


def test_plain_sql_is_seen_as_a_literal_and_as_a_constant() -> None:
    source = """
_SQL = "SELECT 1"
_DECLARED = scalar(int, "SELECT 2")
async def read(tx):
    await tx.fetch(_SQL)
    await tx.fetchrow(f"{_SQL} FOR UPDATE")
    await tx.fetchval(_DECLARED)
"""
    assert _bare(source) == ["_SQL", "f'{_SQL} FOR UPDATE'"]
