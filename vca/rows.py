"""The types of the rows of every table, `services/<service>/rows.py`, as the models make them."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

from sqlalchemy import Column, types
from sqlalchemy.dialects.postgresql import JSONB, UUID
from sqlmodel import SQLModel

from vca.openapi import ROOT, SERVICES

# Of SQLAlchemy's types, the first that fits. jsonb is read as JSON text, so that it can pass through unparsed.
_TYPES: tuple[tuple[type[Any], str], ...] = (
    (types.ARRAY, "list[str]"),
    (JSONB, "str"),
    (UUID, "str"),
    (types.DateTime, "datetime"),
    (types.Date, "date"),
    (types.Boolean, "bool"),
    (types.Integer, "int"),
    (types.Numeric, "Decimal"),
    (types.LargeBinary, "bytes"),
    (types.String, "str"),
)


def path(service: str) -> Path:
    """Return the file of a service's rows."""
    return ROOT / "services" / service / "rows.py"


def _type(column: Column[Any]) -> str:
    type_ = column.type.impl_instance if isinstance(column.type, types.TypeDecorator) else column.type
    for sql_type, name in _TYPES:
        if isinstance(type_, sql_type):
            return f"{name} | None" if column.nullable else name
    raise TypeError(f"{column.table.name}.{column.name}: no row type is known for {column.type!r}")


def _tables(base: type[SQLModel]) -> list[type[SQLModel]]:
    models: list[type[SQLModel]] = []
    for model in base.__subclasses__():
        if hasattr(model, "__table__"):
            models.append(model)
        models += _tables(model)
    return models


def written(service: str) -> str:
    """Return what the file of a service's rows should hold."""
    models = importlib.import_module(f"services.{service}.models")
    base = next(
        each
        for each in vars(models).values()
        if isinstance(each, type) and each.__module__.startswith(models.__name__) and SQLModel in each.__bases__
    )
    classes: list[str] = []
    used: set[str] = set()
    for model in sorted(_tables(base), key=lambda each: each.__name__):
        lines = [f"    {column.name}: {_type(column)}" for column in model.__table__.columns]  # type: ignore[attr-defined]
        used |= set(re.findall(r"\b(?:date|datetime|Decimal)\b", " ".join(line.partition(":")[2] for line in lines)))
        classes.append(
            "\n".join(
                [f"class {model.__name__}Row(TypedDict):", f'    """A row of {model.__tablename__}."""', "", *lines]
            )
        )
    days = sorted(used & {"date", "datetime"})
    imports = [
        *([f"from datetime import {', '.join(days)}"] if days else []),
        *(["from decimal import Decimal"] if "Decimal" in used else []),
        "from typing import TypedDict",
    ]
    head = '"""The rows of the service\'s tables. Written by `vca rows` from the models; a test compares the two."""'
    return "\n".join([head, "", "from __future__ import annotations", "", *imports, "", "", "\n\n\n".join(classes), ""])


def write() -> list[Path]:
    """Write the files; return those that changed."""
    changed = []
    for service in SERVICES:
        file, wanted = path(service), written(service)
        if not file.exists() or file.read_text(encoding="utf-8") != wanted:
            file.write_text(wanted, encoding="utf-8")
            changed.append(file)
    return changed
