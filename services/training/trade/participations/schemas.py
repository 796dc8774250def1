"""What a caller sends and gets for participations in trade events."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field, model_validator

from kernel.problems.field_labels import Label
from kernel.records.batch import LENIENT
from kernel.records.embedding import EMBEDDED
from kernel.records.evidence import EvidenceRow
from kernel.records.organization_names import NamedOrganization
from kernel.values.common_lists import BATCH_MODES
from kernel.values.field_errors import field_error
from kernel.values.ids import Id
from kernel.values.money import Vnd
from kernel.values.text import name_folded
from kernel.web.field_types import UUID, VND, FileIds, Reason
from kernel.web.schemas import Input, Output, Page, Recorded, code, listed, text
from services.training import code_lists as codes
from services.training.names import TradeEventName
from services.training.parties import OrganizationName, OrganizationType, Province

Count = Annotated[int, Field(strict=True, ge=0, le=1_000_000)]


class ProductShown(Input):
    """A kind of product that was shown, with its own name and the registry's product where there is one.

    The kind `other` needs `name`; `unit` needs `quantity`.
    """

    kind: Annotated[str, code(codes.PRODUCT_KINDS), Label("Loại sản phẩm")]
    name: Annotated[str, text(200)] | None = Field(
        default=None, description="As the organization calls it; needed where the kind is `other`"
    )
    product_id: Id | None = None
    quantity: Annotated[int, Field(strict=True, ge=1, le=1_000_000_000)] | None = None
    unit: Annotated[str, text(30)] | None = Field(default=None, description="Of the quantity: kg, chai, hộp")

    @model_validator(mode="after")
    def _agrees(self) -> ProductShown:
        if self.kind == "other" and (self.name is None or not name_folded(self.name)):
            raise field_error(
                "required",
                "Loại khác thì hãy ghi tên sản phẩm.",
                "Of another kind give the name of the product.",
                at="name",
            )
        if self.unit is not None and self.quantity is None:
            raise field_error(
                "required", "Có đơn vị tính thì hãy ghi số lượng.", "A unit needs a quantity; give it.", at="quantity"
            )
        return self

    @property
    def counted_as(self) -> str:
        """The kind that it counts as: its code, and under `other` its name without regard to case and marks."""
        return self.kind if self.kind != "other" else f"other:{name_folded(str(self.name))}"


class ParticipationCreate(Input):
    """Enter that an organization takes part in an event: one organization at one event is one lượt.

    What it showed and what came of it may follow as corrections; their history is kept.
    """

    id: Id | None = None
    trade_event_id: Id | None = Field(default=None, description="Needed unless the path names it")
    organization_id: Id
    organization_name: OrganizationName | None = None
    organization_type: OrganizationType | None = None
    province: Province | None = None
    booth: Annotated[str, text(60)] | None = None
    products: Annotated[list[ProductShown], Field(max_length=200)] = []
    support_received_vnd: Vnd | None = None
    revenue_vnd: Vnd | None = None
    contract_count: Count | None = None
    contract_value_vnd: Vnd | None = None
    memorandum_count: Count | None = None
    contact_count: Count | None = None
    note: Annotated[str, text(1000)] | None = None
    file_ids: FileIds = []
    reason: Reason | None = None

    @model_validator(mode="after")
    def _agrees(self) -> ParticipationCreate:
        named = [(item.kind, name_folded(item.name or ""), item.product_id) for item in self.products]
        if len(set(named)) < len(named):
            raise field_error("given_twice", "Mỗi sản phẩm chỉ ghi một lần.", "Give each product once.", at="products")
        if self.contract_value_vnd and self.contract_count == 0:
            words = (
                "Có giá trị hợp đồng thì hãy ghi số hợp đồng đã ký.",
                "Where contracts have a value, give how many were signed.",
            )
            raise field_error("out_of_range", *words, at="contract_count")
        return self


RESULTS = ("revenue_vnd", "contract_count", "contract_value_vnd", "memorandum_count", "contact_count")
"""What can only be known once the event has begun."""


class ProductShownView(Output):
    """A kind of product that was shown."""

    kind: Annotated[str, Label("Loại sản phẩm")] = Field(json_schema_extra=listed(codes.PRODUCT_KINDS))
    name: str | None
    product_id: str | None = Field(json_schema_extra=UUID)
    quantity: int | None
    unit: str | None


class Participation(Recorded, EvidenceRow):
    """An organization at an event: one lượt. It counts on the event's first day, where the organization lies."""

    trade_event_id: str = Field(json_schema_extra=UUID)
    trade_event: Annotated[TradeEventName, EMBEDDED]
    organization_id: str = Field(json_schema_extra=UUID)
    organization: NamedOrganization
    organization_name: str
    organization_type: str = Field(json_schema_extra=listed(codes.ORGANIZATION_TYPES))
    province_2008: str
    province_2025: str
    counted_on: date
    booth: str | None
    products: list[ProductShownView]
    product_kinds: list[str] = Field(
        description="The kinds it counts for, each once; `other:` and a name for other kinds"
    )
    support_received_vnd: int | None = Field(json_schema_extra=VND)
    revenue_vnd: int | None = Field(json_schema_extra=VND)
    contract_count: int | None
    contract_value_vnd: int | None = Field(json_schema_extra=VND)
    memorandum_count: int | None
    contact_count: int | None
    note: str | None
    file_ids: list[str]
    alliance: str


class ParticipationOfEventPage(Page[Participation]):
    """A page of who took part in one event."""


class ParticipationBatch(Input):
    """Up to 500 participations. `atomic`: all or none; `each`: every item for itself (207)."""

    mode: Annotated[str, code(BATCH_MODES)]
    items: Annotated[list[Annotated[ParticipationCreate, LENIENT]], Field(min_length=1, max_length=500)]
