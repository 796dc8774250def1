"""What an officer is as a record: shown without what is private to the person, and kept as long as the rules say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Table

from kernel.personal_data.persons import Kept
from kernel.records import Resource, table_of
from kernel.records.in_sql import Fields, Memo, said_in_sql, with_fields
from kernel.records.organization_names import organization_name
from services.registry import models
from services.registry.facts.columns import shown
from services.registry.organizations.belongings import belonging
from services.registry.rows import OfficerRow
from services.registry.scopes import PREFIX

PRIVATE = ("sex", "birth_year", "phone")
"""What is read one officer at a time, for a purpose that is recorded; history, feed and exports never hold it."""

_SHOWN = shown(
    "office", "full_name", "term_from", "term_to", "qualification", "is_member", "decision_number", "erased_on"
)


def represent_officer(row: OfficerRow) -> dict[str, Any]:
    """Return the public representation of an officer; it says which private fields hold something."""
    columns: Mapping[str, Any] = row
    document = _SHOWN(row)
    document.update(dict.fromkeys(PRIVATE))
    document["redacted"] = [name for name in PRIVATE if columns[name] is not None]
    return document


@said_in_sql(represent_officer)
def _in_sql(table: Table) -> Fields:
    held = ", ".join(f"CASE WHEN r.{name} IS NOT NULL THEN '{name}' END" for name in PRIVATE)
    redacted = Memo(f"concat_ws(' ', {held})", str.split)
    return with_fields(_SHOWN, table, **dict.fromkeys(PRIVATE, ("null",)), redacted=(redacted,))


OFFICER = belonging(
    Resource(
        "officer",
        table_of(models.Officer),
        f"{PREFIX}/officers",
        represent_officer,
        own_column="organization_id",
        embeds=(organization_name("organization"),),
        cache_control="no-store",
        row=OfficerRow,
    )
)

KEPT = Kept(
    resource=OFFICER,
    held="""
    SELECT 'office_held', 'infinity'::date WHERE r.term_to IS NULL OR r.term_to > {day}
     UNION ALL SELECT 'former_office', r.term_to WHERE r.term_to <= {day}
     UNION ALL SELECT 'contact', (r.updated_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date""",
)
"""Who is in office stays; others for some years after their term, and after what was last entered of them."""
