"""undated organizations begin where the records show them first."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "registry_0004"
down_revision = "registry_0003"
branch_labels = None
depends_on = None
# A CHECK that the version before runs against: it leaves undated organizations without a first day.
kind = "contract"

_UNDATED = "registered_on IS NULL AND founded_on IS NULL"

# The earliest fact of any kind, or the Vietnamese day it was entered if that came first.
_MOVED = f"""
    CREATE TEMPORARY TABLE moved ON COMMIT DROP AS
    SELECT o.id, least(
               (o.created_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date,
               (SELECT min(effective_on) FROM status_change f WHERE f.organization_id = o.id),
               (SELECT min(effective_on) FROM type_conversion f WHERE f.organization_id = o.id),
               (SELECT min(effective_on) FROM seat_change f WHERE f.organization_id = o.id),
               (SELECT min(admitted_on) FROM alliance_membership f WHERE f.organization_id = o.id),
               (SELECT min(recognized_on) FROM product f WHERE f.organization_id = o.id),
               (SELECT min(valid_from) FROM certificate f WHERE f.organization_id = o.id)) AS starts_on
      FROM organization o WHERE {_UNDATED}"""
# What ended before is no part of the timeline; the period that holds the first day begins with it.
_SHORTENED = (
    "DELETE FROM organization_state s USING moved m WHERE s.organization_id = m.id AND s.valid_to <= m.starts_on",
    "UPDATE organization_state s SET valid_from = m.starts_on FROM moved m "
    "WHERE s.organization_id = m.id AND s.valid_from < m.starts_on",
    "UPDATE organization o SET starts_on = m.starts_on, version = o.version + 1, updated_at = now() "
    "FROM moved m WHERE o.id = m.id",
)
_INSTANT = """to_char(o.updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
_REASON = "Chưa có ngày thành lập hoặc ngày cấp giấy chứng nhận: tính từ sự kiện sớm nhất hoặc ngày nhập, không còn tính từ trước đến nay."
_HISTORY = f"""
    INSERT INTO history (resource_id, version, resource_type, action, recorded_at, recorded_by, alliance, reason, changed, content)
    SELECT o.id, o.version, 'organization', 'derived', o.updated_at, 'migration', o.alliance, '{_REASON}', '{{starts_on}}',
           h.content || jsonb_build_object(
               'version', o.version, 'updated_at', {_INSTANT}, 'starts_on', o.starts_on,
               'is_operating', o.legal_status = 'active' AND o.operating_state = 'operating')
      FROM moved m JOIN organization o ON o.id = m.id
      JOIN history h ON h.resource_type = 'organization' AND h.resource_id = o.id AND h.version = o.version - 1"""
_FEED = """
    INSERT INTO change (id, type, resource_type, resource_id, resource_version, alliance, changed, occurred_at)
    SELECT gen_random_uuid(), 'organization.changed', 'organization', o.id, o.version, o.alliance, '{starts_on}', o.updated_at
      FROM moved m JOIN organization o ON o.id = m.id ORDER BY o.id"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for statement in (_MOVED, *_SHORTENED, _HISTORY, _FEED, "DROP TABLE moved"):
        op.execute(statement)
    op.create_index("ix_organization_undated", "organization", ["starts_on", "id"], postgresql_where=sa.text(_UNDATED))
    op.create_check_constraint(op.f("ck_organization_begins_on_a_day"), "organization", "starts_on > '-infinity'")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_constraint(op.f("ck_organization_begins_on_a_day"), "organization", type_="check")
    op.drop_index("ix_organization_undated", table_name="organization")
    op.execute(
        "UPDATE organization_state s SET valid_from = '-infinity' FROM organization o "
        f"WHERE s.organization_id = o.id AND s.valid_from = o.starts_on AND {_UNDATED}"
    )
    op.execute(f"UPDATE organization SET starts_on = '-infinity' WHERE {_UNDATED}")
