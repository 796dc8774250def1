"""The lists in an organization: business lines, legal representatives, contacts, keys in other systems."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from kernel.problems.field_labels import Label
from kernel.values.field_errors import field_error
from kernel.web.schemas import Flag, Input, code, text
from services.registry import code_lists as codes

VsicVersion = Annotated[str, code(codes.VSIC_VERSIONS)]
ContactKind = Annotated[str, code(codes.CONTACT_KINDS)]
VsicCode = Annotated[str, StringConstraints(strict=True, pattern=r"^[0-9]{4,5}$")]
ExternalSystem = Annotated[str, StringConstraints(strict=True, pattern=r"^[a-z][a-z0-9_]{1,49}$")]


class BusinessLine(Input):
    """A business line: VSIC level 4 (or 5) and the version of the list."""

    code: Annotated[VsicCode, Label("Mã ngành")]
    version: VsicVersion
    is_main: Flag = False
    detail: Annotated[str, text(300)] | None = None


class LegalRepresentative(Input):
    """A legal representative as on the registration certificate. No identity numbers are kept here."""

    full_name: Annotated[str, text(100)]
    title: Annotated[Annotated[str, text(100)] | None, Label("Chức danh")] = Field(
        default=None, description="Office that the person holds"
    )


class Contact(Input):
    """A way to reach the organization."""

    kind: Annotated[ContactKind, Label("Loại liên hệ")]
    value: Annotated[str, text(200), Label("Nội dung liên hệ")]


class ExternalId(Input):
    """A foreign system's key, unique per system."""

    system: ExternalSystem
    value: Annotated[str, text(100), Label("Mã ở hệ thống khác")]


def _one_main(lines: list[BusinessLine]) -> list[BusinessLine]:
    if lines and sum(line.is_main for line in lines) != 1:
        raise field_error("one_main_line", "Hãy chọn đúng một ngành chính.", "Choose exactly one main line.")
    keys = [(line.code, line.version) for line in lines]
    if len(set(keys)) != len(keys):
        raise field_error("given_twice", "Có ngành bị lặp; hãy bỏ ngành thừa.", "A line stands twice; leave one out.")
    return lines


def _systems_once(ids: list[ExternalId]) -> list[ExternalId]:
    if len({item.system for item in ids}) != len(ids):
        raise field_error("given_twice", "Mỗi hệ thống chỉ ghi một mã.", "Give one key a system only.")
    return ids


BusinessLines = Annotated[list[BusinessLine], Field(max_length=100), AfterValidator(_one_main)]
ExternalIds = Annotated[list[ExternalId], Field(max_length=20), AfterValidator(_systems_once)]
