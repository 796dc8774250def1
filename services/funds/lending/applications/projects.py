"""The project that a loan is for, as PostgreSQL writes it into an export of applications or loans."""

from __future__ import annotations

from sqlalchemy import Table

from kernel.records.in_sql import Pieces, columns_in_sql, object_in_sql
from services.funds.lending.applications.schemas import LoanProject


def project_in_sql(table: Table) -> Pieces:
    """Return the project whose fields are columns of `table`."""
    return object_in_sql(columns_in_sql(table, tuple(LoanProject.model_fields), of=LoanProject))
