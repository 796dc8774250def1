"""What a finished export says of itself."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from kernel.problems.field_labels import Label
from kernel.values.common_lists import EXPORT_FORMATS
from kernel.web.schemas import Output, listed


class ExportFile(Output):
    """One file of a snapshot; `url` is signed and lives five minutes: read the job again for a fresh one."""

    name: str
    url: str
    rows: int
    bytes: int
    sha256: str


class ExportManifest(Output):
    """What a snapshot holds, and the cursor to continue from. It is the `result` of the job."""

    type: Annotated[str, Label("Loại bản ghi")]
    format: str = Field(json_schema_extra=listed(EXPORT_FORMATS))
    area: str
    cursor: str | None = Field(
        description="Give it to the feed as `after`; null of an export with filters, from which nothing can be followed"
    )
    created_at: datetime
    rows: int
    files: list[ExportFile]
