"""What a caller sends to have a person erased whom a record names in one of its fields."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from kernel.personal_data.schemas import Erasure
from kernel.problems.field_labels import Label
from kernel.web.schemas import text


class NamedPersonErasure(Erasure):
    """Whom a record is to name no more, and why. The name is compared whole, without regard to case."""

    full_name: Annotated[str, text(300)] = Field(description="As the record has it, or had it")


class ContactErasure(Erasure):
    """Which way to reach a person an organization is to hold no more, and why."""

    value: Annotated[str, text(200), Label("Nội dung liên hệ")] = Field(description="As the record has it, or had it")
