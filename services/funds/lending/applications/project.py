"""The columns of the project that a loan is for, of an application and of a contract without one."""

from __future__ import annotations

from typing import Any

from kernel.problems import FieldError, Invalid
from kernel.values import geography
from services.funds.lending.applications.schemas import LoanProjectInput
from services.funds.rows import BorrowerRow


def project_columns(project: LoanProjectInput, borrower: BorrowerRow) -> dict[str, Any]:
    """Return the project with its provinces; it is where the borrower is unless it says otherwise. Raises Invalid."""
    values = project.model_dump()
    if values["commune_code"] is None:
        values.update(commune_code=borrower["commune_code"], commune_map=borrower["commune_map"])
    if values["commune_code"] is None:
        words = ("Hãy nêu nơi thực hiện dự án.", "Say where the project is.")
        raise Invalid(FieldError("required", words, pointer="/project/commune_code"))
    place = geography.place(values["commune_code"], values["commune_map"])
    assert place is not None, "a commune was checked when it was entered"
    return {**values, "province_2008": place.province_2008, "province_2025": place.province_2025}
