"""What a field is called: every field of the contract has its label, and none has it only because of its name."""

from __future__ import annotations

import csv
from typing import Annotated, Any

import pytest
from pydantic import BaseModel

from kernel.problems import FieldError, field_labels
from kernel.problems.field_labels import Label, field_label, label_en, label_vi, name_places, parameter_label
from kernel.web.api_route import ApiRoute
from kernel.web.contract.sharing import unshared
from tests.support.contract import app_of, contract_of
from vca import openapi

every_service = pytest.mark.parametrize("service", openapi.SERVICES)
OF_ITS_RECORD = {
    "action",
    "certificate_number",
    "channel",
    "code",
    "group",
    "kind",
    "number",
    "registrations",
    "relation",
    "result",
    "scope",
    "source",
    "state",
    "status",
    "title",
    "type",
    "value",
}
"""Names that each record gives a meaning of its own: a certificate's number is not a member's, an office no heading."""


def schemas(service: str) -> dict[str, dict[str, Any]]:
    """Return the schemas of a contract by name."""
    schemas_of_service: dict[str, dict[str, Any]] = contract_of(service).document["components"]["schemas"]
    return schemas_of_service


@every_service
def test_every_field_of_every_schema_has_its_label(service: str) -> None:
    missing = [
        f"{schema}.{name}"
        for schema, document in schemas(service).items()
        for name, field in document.get("properties", {}).items()
        if not field.get("x-label-vi", "").strip()
    ]
    assert missing == [], 'put Label("…") beside each, or a line into kernel/problems/field_labels.csv'


@every_service
def test_every_parameter_has_its_label(service: str) -> None:
    document = unshared(contract_of(service).document)
    missing = set()
    for route in app_of(service).router.routes:
        if isinstance(route, ApiRoute):
            (method,) = route.methods or {"GET"}
            operation = document["paths"].get(route.path, {}).get(method.lower(), {})
            for parameter in operation.get("parameters", []):
                if parameter["in"] != "path" and parameter_label(parameter["name"], route.response_model) is None:
                    missing.add(f"{operation['operationId']}: {parameter['name']}")
    assert sorted(missing) == [], "put a line into kernel/problems/field_labels.csv"


def test_a_name_that_means_another_thing_in_each_record_has_no_shared_label() -> None:
    assert {name for name in OF_ITS_RECORD if label_vi(name)} == set()


def test_the_shared_names_stand_once_and_in_order() -> None:
    with field_labels._FILE.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    names = [row["field"] for row in rows]
    assert len(names) == len(set(names)), "a name stands twice"
    assert [row for row in rows if not row["label_vi"] and row["field"] not in OF_ITS_RECORD] == []
    assert [name for name in names if (label_vi(name) or "").isascii() and "_" in (label_vi(name) or "")] == []


@pytest.mark.parametrize(
    ("service", "schema", "field", "label"),
    [
        ("training", "TrainingCertificate", "certificate_number", "Số giấy chứng nhận"),
        ("training", "TrainingCertificateCreate", "title", "Tên giấy chứng nhận"),
        ("registry", "AllianceMembership", "certificate_number", "Số giấy chứng nhận thành viên"),
        ("registry", "LegalRepresentative", "title", "Chức danh"),
        ("registry", "OrganizationChange", "code", "Mã số hợp tác xã"),
        ("training", "Program", "code", "Mã chương trình"),
        ("funds", "Collateral", "certificate_number", "Số giấy chứng nhận tài sản"),
        ("funds", "LoanInstallment", "number", "Kỳ thứ"),
        ("funds", "CollateralChange", "kind", "Loại tài sản bảo đảm"),
        ("training", "ClassSessionChange", "number", "Buổi thứ"),
        ("training", "ClassSummary", "registrations", "Số người đăng ký"),
    ],
)
def test_a_label_stands_beside_the_field_it_names(service: str, schema: str, field: str, label: str) -> None:
    assert schemas(service)[schema]["properties"][field]["x-label-vi"] == label


class Leader(BaseModel):
    title: Annotated[str | None, Label("Chức danh")] = None


class Unit(BaseModel):
    founded_on: str
    kind: Annotated[str, Label("Loại đơn vị")]
    leaders: list[Leader] = []


class Units(BaseModel):
    items: list[Unit]


@pytest.mark.parametrize(
    ("pointer", "label"),
    [
        ("/founded_on", ("Ngày thành lập", "Founded on")),
        ("/kind", ("Loại đơn vị", "Kind")),
        ("/leaders/3/title", ("Chức danh", "Title")),
        ("/title", None),
        ("", None),
    ],
)
def test_a_fault_is_told_by_the_label_of_its_field(pointer: str, label: tuple[str, str] | None) -> None:
    fault = FieldError("x", ("a", "b"), pointer=pointer)
    name_places([fault], Unit, None)
    assert fault.label == label


@pytest.mark.parametrize(
    ("parameter", "label"),
    [
        ("kind", ("Loại đơn vị", "Kind")),
        ("founded_on_gte", ("Ngày thành lập (từ)", "Founded on from")),
        ("q", ("Từ tìm kiếm", "Search")),
        ("unheard_of", None),
    ],
)
def test_a_parameter_is_told_by_the_field_of_the_answer(parameter: str, label: tuple[str, str] | None) -> None:
    fault = FieldError("x", ("a", "b"), parameter=parameter)
    name_places([fault], None, Units)
    assert fault.label == label


def test_the_english_label_is_the_name_itself() -> None:
    assert [label_en(name) for name in ("charter_capital_vnd", "is_active", "loan_id", "id", "from")] == [
        "Charter capital",
        "Active",
        "Loan",
        "Id",
        "From",
    ]
    assert field_label(Unit, "kind") == "Loại đơn vị"
