"""What a caller sends and gets for value chains and their links."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field, model_validator

from kernel.problems.field_labels import Label
from kernel.records.attributions import AttributionInput, AttributionOutput
from kernel.records.organization_names import NamedOrganization
from kernel.values.days import Day, PastDay
from kernel.values.field_errors import field_error
from kernel.values.ids import Id
from kernel.web.field_types import UUID, FileIds, Reason, in_order
from kernel.web.schemas import Flag, Input, Output, Recorded, code, listed, text
from services.registry import code_lists as codes

_LEAD = Label("Tổ chức chủ trì chuỗi")
_ROLE = Label("Vai trò trong chuỗi")
_ROLE_SAID = "What the party does in the chain"
_PRODUCT = Label("Sản phẩm của chuỗi")
_PRODUCT_SAID = "What the chain brings to the market"
_NAME = Label("Tên chuỗi")
_STARTED = Field(default=None, description="First day in the chain; null: since the chain began")
_ENDED = Field(default=None, description="Last day in the chain; null: as long as the chain lasts")


class ValueChainLinkInput(Input):
    """Who takes part in a value chain, as what: an organization of the registry, or an outside party by its name."""

    role: Annotated[str, code(codes.VALUE_CHAIN_ROLES), _ROLE] = Field(description=_ROLE_SAID)
    organization_id: Id | None = Field(default=None, description="An organization of the registry")
    party_name: Annotated[str, text(300)] | None = Field(default=None, description="Name of an outside party")
    party_kind: Annotated[str, code(codes.VALUE_CHAIN_PARTY_KINDS)] | None = Field(
        default=None, description="What the outside party is"
    )
    supplies: Annotated[str, text(300)] | None = Field(default=None, description="What it supplies, makes or buys")
    started_on: Day | None = _STARTED
    ended_on: Day | None = _ENDED

    @model_validator(mode="after")
    def _is_one_party(self) -> ValueChainLinkInput:
        if (self.organization_id is None) == (self.party_name is None):
            raise field_error(
                "needs_one_party",
                "Hãy chọn một tổ chức trong sổ đăng ký, hoặc ghi tên một đơn vị bên ngoài; chỉ một trong hai.",
                "Choose an organization of the registry, or name an outside party; one of the two.",
                at="organization_id",
            )
        if self.party_kind is not None and self.party_name is None:
            raise field_error(
                "needs_party_name",
                "Chỉ ghi loại đơn vị cho đơn vị bên ngoài; loại hình của tổ chức đã có trong sổ đăng ký.",
                "Give a kind only of an outside party; the registry has an organization's type.",
                at="party_kind",
            )
        in_order(self.started_on, self.ended_on, "ended_on")
        return self


class ValueChainCreate(AttributionInput):
    """Enter a value chain with its links. A correction of `links` gives all of them anew."""

    id: Id | None = None
    name: Annotated[str, text(300), _NAME]
    product: Annotated[str, text(300), _PRODUCT] = Field(description=_PRODUCT_SAID)
    lead_organization_id: Annotated[Id, _LEAD] = Field(
        description="The organization that leads it; it stands among no link of its own chain"
    )
    started_on: PastDay
    ended_on: Day | None = Field(default=None, description="Last day of the chain; null: it goes on")
    links: Annotated[list[ValueChainLinkInput], Field(max_length=100)] = []
    note: Annotated[str, text(1000)] | None = None
    file_ids: FileIds = []
    is_synthetic: Flag = Field(default=False, description="A day, a link or more of it is invented, for demonstration")
    reason: Reason | None = None

    @model_validator(mode="after")
    def _ends_later(self) -> ValueChainCreate:
        in_order(self.started_on, self.ended_on, "ended_on")
        return self


class ValueChainLink(Output):
    """Who takes part in a value chain, as what."""

    role: Annotated[str, _ROLE] = Field(json_schema_extra=listed(codes.VALUE_CHAIN_ROLES), description=_ROLE_SAID)
    organization_id: str | None = Field(json_schema_extra=UUID)
    organization: NamedOrganization
    party_name: str | None = Field(description="Name of an outside party")
    party_kind: str | None = Field(
        json_schema_extra=listed(codes.VALUE_CHAIN_PARTY_KINDS), description="What the outside party is"
    )
    supplies: str | None = Field(description="What it supplies, makes or buys")
    started_on: date | None = Field(description="First day in the chain; null: since the chain began")
    ended_on: date | None = Field(description="Last day in the chain; null: as long as the chain lasts")


class ValueChain(Recorded, AttributionOutput):
    """A value chain: who leads it, and who supplies, produces, processes and trades in it."""

    name: Annotated[str, _NAME]
    product: Annotated[str, _PRODUCT] = Field(description=_PRODUCT_SAID)
    lead_organization_id: Annotated[str, _LEAD] = Field(json_schema_extra=UUID)
    lead_organization: Annotated[NamedOrganization, _LEAD]
    started_on: date
    ended_on: date | None = Field(description="Last day of the chain; null: it goes on")
    links: list[ValueChainLink]
    organization_ids: Annotated[list[str], Label("Các tổ chức được ghi")] = Field(
        description="Every organization of the registry that the chain names: its lead, then its links"
    )
    note: str | None
    file_ids: list[str]
    is_synthetic: bool = Field(description="A day, a link or more of it is invented, for demonstration")
    alliance: str
