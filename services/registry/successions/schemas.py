"""What a caller sends and gets for successions: which organizations came out of which, and how much each took over."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import Field, model_validator

from kernel.problems.field_labels import Label
from kernel.records.organization_names import NamedOrganization
from kernel.values.days import PastDay
from kernel.values.field_errors import field_error
from kernel.values.ids import Id
from kernel.values.money import Percent
from kernel.web.field_types import UUID, FileIds
from kernel.web.schemas import Flag, Input, Output, Recorded, code, listed, text
from services.registry import code_lists as codes
from services.registry.facts.schemas import DocumentNumber

_SHARE = Field(
    description="Percent of the predecessor's assets that goes over, a decimal string; beside the side that there are several "
    "of. null: not known"
)
_KIND = Label("Hình thức tổ chức lại")
_SYNTHETIC = Field(default=False, description="A day, a share or more of it is invented, for demonstration")


class SuccessionPartyInput(Input):
    """An organization on one side of a succession."""

    organization_id: Id
    share_percent: Annotated[Percent | None, Label("Tỷ lệ tài sản (%)"), _SHARE] = None


_Parties = Annotated[list[SuccessionPartyInput], Field(min_length=1, max_length=50)]


class SuccessionCreate(Input):
    """Say which organizations came out of which (Law 17/2023/QH15, Art. 92–95). Statuses are entered as status changes.

    division: one becomes several others. separation: one stays, and others come out of it. consolidation: several become
    another. merger: several become one of them.
    """

    id: Id | None = None
    kind: Annotated[Annotated[str, code(codes.SUCCESSION_KINDS)], _KIND]
    effective_on: PastDay
    decision_number: DocumentNumber | None = None
    predecessors: Annotated[_Parties, Label("Tổ chức trước")] = Field(description="Those that were there before")
    successors: Annotated[_Parties, Label("Tổ chức sau")] = Field(description="Those that there are afterwards")
    file_ids: FileIds = []
    is_synthetic: Flag = _SYNTHETIC
    reason: Annotated[str, text(500)] | None = None

    @model_validator(mode="after")
    def _has_the_shape_of_its_kind(self) -> SuccessionCreate:
        before = [party.organization_id for party in self.predecessors]
        after = [party.organization_id for party in self.successors]
        _refuse_twice("predecessors", before)
        _refuse_twice("successors", after)
        _check_numbers(self.kind, before, after)
        _check_both_sides(self.kind, before, after)
        _check_shares("successors" if self.kind in ("division", "separation") else "predecessors", self)
        return self


def _refuse_twice(side: str, ids: list[str]) -> None:
    twice = next((id_ for id_, count in Counter(ids).items() if count > 1), None)
    if twice is not None:
        at = len(ids) - 1 - ids[::-1].index(twice)
        words = ("Tổ chức này đã ghi ở trên.", "This organization is given above already.")
        raise field_error("given_twice", *words, at=f"{side}/{at}/organization_id")


def _check_numbers(kind: str, before: list[str], after: list[str]) -> None:
    if kind in ("division", "separation"):
        if len(before) != 1:
            words = (
                "Chia, tách thì chỉ có một tổ chức trước.",
                "A division or separation has one organization before.",
            )
            raise field_error("wrong_number", *words, at="predecessors")
        if len(after) < 2:
            words = (
                "Chia, tách thì có ít nhất hai tổ chức sau.",
                "A division or separation has two organizations afterwards at least.",
            )
            raise field_error("wrong_number", *words, at="successors")
        return
    if len(before) < 2:
        words = (
            "Hợp nhất, sáp nhập thì có ít nhất hai tổ chức trước.",
            "A consolidation or merger has two organizations before at least.",
        )
        raise field_error("wrong_number", *words, at="predecessors")
    if len(after) != 1:
        words = (
            "Hợp nhất, sáp nhập thì chỉ có một tổ chức sau.",
            "A consolidation or merger has one organization afterwards.",
        )
        raise field_error("wrong_number", *words, at="successors")


def _check_both_sides(kind: str, before: list[str], after: list[str]) -> None:
    stays = next((at for at, id_ in enumerate(after) if id_ in before), None)
    if kind in ("division", "consolidation") and stays is not None:
        raise field_error(
            "on_both_sides",
            "Chia, hợp nhất thì tổ chức trước không còn; nếu còn thì là tách hoặc sáp nhập.",
            "After a division or consolidation no organization of before is left; if it stays, it is a separation or merger.",
            at=f"successors/{stays}/organization_id",
        )
    if kind in ("separation", "merger") and stays is None:
        raise field_error(
            "none_stays",
            "Tách, sáp nhập thì một tổ chức trước vẫn còn: hãy ghi cả ở bên sau; nếu không còn thì là chia hoặc hợp nhất.",
            "A separation or merger leaves an organization of before: give it on both sides; if none stays, it is a division "
            "or consolidation.",
            at="successors",
        )


def _check_shares(divided: str, body: SuccessionCreate) -> None:
    """Hold the shares of each predecessor's assets to 100 %; they stand beside the side that there are several of."""
    other = "predecessors" if divided == "successors" else "successors"
    for at, party in enumerate(getattr(body, other)):
        if party.share_percent is not None:
            words = ("Hãy ghi tỷ lệ ở bên có nhiều tổ chức.", "Give shares beside the side that there are several of.")
            raise field_error("misplaced_share", *words, at=f"{other}/{at}/share_percent")
    shares = [Decimal(party.share_percent or 0) for party in getattr(body, divided)]
    # One predecessor's assets are divided among the successors; of several each has assets of its own.
    totals = [sum(shares[: at + 1]) for at in range(len(shares))] if divided == "successors" else shares
    above = next((at for at, total in enumerate(totals) if total > 100), None)
    if above is not None:
        words = ("Tài sản của một tổ chức không chia quá 100 %.", "More than 100 % of one organization's assets.")
        raise field_error("above_100_percent", *words, at=f"{divided}/{above}/share_percent")


class SuccessionParty(Output):
    """An organization on one side of a succession."""

    organization_id: str = Field(json_schema_extra=UUID)
    organization: NamedOrganization
    share_percent: Annotated[str | None, Label("Tỷ lệ tài sản (%)"), _SHARE]


class Succession(Recorded):
    """Which organizations came out of which, on which day. It belongs to the alliance of the first predecessor."""

    kind: Annotated[str, _KIND] = Field(json_schema_extra=listed(codes.SUCCESSION_KINDS))
    effective_on: date
    decision_number: str | None
    predecessors: Annotated[list[SuccessionParty], Label("Tổ chức trước")] = Field(
        description="Those that were there before"
    )
    successors: Annotated[list[SuccessionParty], Label("Tổ chức sau")] = Field(
        description="Those that there are afterwards"
    )
    alliance: str
    file_ids: list[str]
    is_synthetic: bool = Field(description="A day, a share or more of it is invented, for demonstration")
