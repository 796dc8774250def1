"""Which fields each kind of activity has of its own, and which of them it needs: data, looked up by the body's check."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kernel.values.field_errors import field_error
from services.reporting.code_lists import ACTIVITY_KINDS

OWN_FIELDS: Mapping[str, tuple[str, ...]] = {
    "media_item": ("channel",),
    "bulletin": ("issue", "quantity"),
    "contest": ("ends_on", "results"),
    "science_project": ("project_lead", "project_level", "budget_vnd", "ends_on", "results"),
    "policy_advice": ("document_title", "document_kind", "adopted_number"),
    "conference": ("ends_on",),
    "household_support": ("quantity", "support_given", "out_of_poverty"),
    "agreement": ("ends_on",),
    "other": (),
}
NEEDED: Mapping[str, tuple[str, ...]] = {
    "media_item": ("channel",),
    "bulletin": ("quantity",),
    "policy_advice": ("document_title",),
    "household_support": ("quantity",),
}
KINDS_OF: Mapping[str, tuple[str, ...]] = {
    name: tuple(kind for kind, own in OWN_FIELDS.items() if name in own)
    for name in dict.fromkeys(name for own in OWN_FIELDS.values() for name in own)
}
"""Field → the kinds that have it."""


def check_fields(kind: str, given: Mapping[str, Any]) -> None:
    """Raise the fault of a field that is another kind's, and of one that the kind needs and does not have."""
    for name, kinds in KINDS_OF.items():
        if given[name] is not None and kind not in kinds:
            vi, en = (", ".join(ACTIVITY_KINDS[each][at] for each in kinds) for at in (0, 1))
            raise field_error(
                "not_of_this_kind",
                f"Mục này chỉ dùng cho: {vi}. Hãy bỏ trống hoặc chọn lại loại hoạt động.",
                f"This is only for: {en}. Leave it out, or choose another kind.",
                at=name,
                allowed=kinds,
            )
    for name in NEEDED.get(kind, ()):
        if given[name] is None:
            words = ("Hãy điền giá trị này; đây là mục bắt buộc.", "Fill this in; it is required.")
            raise field_error("required", *words, at=name)
