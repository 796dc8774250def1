"""Every answer names the records whose ids it tells, and each record type's answer declares what its resource embeds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from kernel.records.crud import RecordType
from kernel.records.embedding import own_fields
from kernel.records.evidence import EvidenceRow
from tests.contract.test_statements import declared_modules
from tests.support.contract import contract_of
from vca.openapi import SERVICES

every_service = pytest.mark.parametrize("service", SERVICES)

NAMED_BY = {
    "organization_id": "organization",
    "beneficiary_organization_id": "beneficiary_organization",
    "fund_id": "fund",
    "leader_organization_id": "leader_organization",
    "loan_id": "loan",
    "loan_product_id": "loan_product",
    "class_id": "training_class",
    "organization_ids": "organizations",
    "program_id": "program",
    "trade_event_id": "trade_event",
    "created_by": "created_by_name",
    "decided_by": "decided_by_name",
    "deduplicated_by": "deduplicated_by_name",
    "entered_by": "entered_by_name",
    "officer_id": "officer_name",
    "recorded_by": "recorded_by_name",
    "reversed_by": "reversed_by_name",
}
"""Field that holds an id → field that names the record."""
_BY_ITSELF = "tells contract number and borrower itself"
_BY_ITS_ROW = "is told by the row of the file"
_NO_REGISTRY = "identity follows no registry"
_NO_TRAINING = "identity follows no training"
UNNAMED = {
    "Account.organization_id": _NO_REGISTRY,
    "AccountCreated.organization_id": _NO_REGISTRY,
    "AttendanceImportRow.class_id": _BY_ITS_ROW,
    "ClassDevice.class_id": _NO_TRAINING,
    "ClassDeviceCreated.class_id": _NO_TRAINING,
    "ClassifiedLoan.loan_id": _BY_ITSELF,
    "ClientCreated.class_id": _NO_TRAINING,
    "ClientSystem.class_id": _NO_TRAINING,
    "CollectionLine.loan_id": "stands below its borrower, and tells the contract number itself",
    "DebtClassificationLoan.loan_id": _BY_ITSELF,
    "HistoryEntry.recorded_by": "a history keeps ids: what somebody is called now is no part of what was",
    "ImportRow.organization_id": _BY_ITS_ROW,
    "LoanImportRow.loan_id": _BY_ITS_ROW,
    "LoanStatement.loan_id": _BY_ITSELF,
    "Me.organization_id": _NO_REGISTRY,
    "OrganizationReferences.organization_id": "is what was asked for, by another service",
    "OtherLoan.fund_id": "is kept with the approval, by the name of that day",
    "OtherLoan.loan_id": "is kept with the approval, by the number of that day",
    "UnresolvedOrganization.organization_id": "tells what it was called, as it is gone",
    "ValueChain.organization_ids": "are named where they stand, as the lead and in the links",
    "WorkItem.loan_id": _BY_ITSELF,
}
"""Field of an answer that is named otherwise, or not → why."""


def _answered(document: dict[str, Any]) -> Iterator[str]:
    """Yield the schemas that answers, other than refusals, are made of."""
    waiting: list[Any] = [
        reply
        for path in document["paths"].values()
        for operation in path.values()
        if isinstance(operation, dict)
        for status, reply in operation.get("responses", {}).items()
        if status < "400"
    ]
    seen: set[str] = set()
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            name = str(each.get("$ref", "")).removeprefix("#/components/schemas/")
            if name in document["components"]["schemas"] and name not in seen:
                seen.add(name)
                yield name
                waiting.append(document["components"]["schemas"][name])
            waiting.extend(each.values())
        elif isinstance(each, list):
            waiting.extend(each)


@every_service
def test_every_answer_names_the_records_whose_ids_it_tells(service: str) -> None:
    document = contract_of(service).document
    answered = set(_answered(document))
    nameless = {
        f"{schema}.{by}"
        for schema in answered
        for by, field in NAMED_BY.items()
        if by in (fields := document["components"]["schemas"][schema].get("properties", {})) and field not in fields
    }
    told = {each for each in UNNAMED if each.partition(".")[0] in answered}
    assert nameless == told


def _record_types(service: str) -> dict[str, RecordType[Any]]:
    return {
        value.resource.name: value
        for module in declared_modules(service)
        for value in vars(module).values()
        if isinstance(value, RecordType)
    }


@every_service
def test_a_list_is_kept_no_longer_than_one_of_its_records(service: str) -> None:
    kept = {name: each.resource.cache_control for name, each in _record_types(service).items()}
    assert {name: each.listing.cache_control for name, each in _record_types(service).items()} == kept


@every_service
def test_who_borrows_may_be_a_person_so_no_answer_with_a_borrowers_name_is_stored(service: str) -> None:
    for name, record_type in _record_types(service).items():
        if {"loan", "borrower"} & {embed.field for embed in record_type.resource.embeds}:
            assert record_type.resource.cache_control == "no-store", name


@every_service
def test_an_answer_declares_what_its_resource_embeds(service: str) -> None:
    for name, record_type in _record_types(service).items():
        declared = (
            set(record_type.output.model_fields) - set(own_fields(record_type.output)) - set(EvidenceRow.model_fields)
        )
        embeds = record_type.resource.embeds
        # A list that names its own items is a field of the record.
        assert declared == {embed.field for embed in embeds if embed.within is None and embed.field != embed.by}, name
        assert {embed.within or embed.by for embed in embeds} <= set(own_fields(record_type.output)), name
        assert record_type.listing.embeds == record_type.resource.embeds, name
