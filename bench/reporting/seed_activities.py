"""An invented nation's other work, made by SQL: what each old province's alliance did in ten years, month by month."""

from __future__ import annotations

from typing import Any

import asyncpg

from kernel.values import geography
from services.reporting.code_lists import RECORD_TYPES

_RECORD = "id, version, created_at, updated_at, created_by, alliance"
_KINDS = (
    "ARRAY['media_item', 'media_item', 'media_item', 'contest', 'bulletin', 'science_project', 'household_support']"
)
_CHANNELS = "ARRAY['newspaper', 'portal', 'broadcast_news', 'broadcast_reportage', 'vca_site', 'own_channels']"
_ACTIVITIES = f"""
    INSERT INTO activity ({_RECORD}, kind, title, title_folded, happened_on, province_2008, province_2025, attribution, partners,
                          costs, file_ids, channel, quantity)
    SELECT gen_random_uuid(), 1, now(), now(), 'bench', $2, k.kind, 'Việc ' || g, 'viec ' || g,
           date '2015-01-01' + g % 4018, $1, $2, (ARRAY['alliance_led', 'joint', 'supported'])[1 + g % 3], '[]', '[]', '[]',
           CASE WHEN k.kind = 'media_item' THEN ({_CHANNELS})[1 + g % 6] END,
           CASE WHEN k.kind IN ('bulletin', 'household_support') THEN 1 + g % 300 END
      FROM generate_series(1, $3::int) g CROSS JOIN LATERAL (SELECT ({_KINDS})[1 + g % 7] AS kind) k"""  # noqa: S608  constants
_COVERAGE = f"""
    INSERT INTO coverage ({_RECORD}, province, provinces_2008, record_types, covered_from)
    VALUES (gen_random_uuid(), 1, now(), now(), 'bench', $1, $1, $2, $3, date '2015-01-01')"""  # noqa: S608  constants


async def make(connection: asyncpg.Connection[Any], a_province: int) -> int:
    """Fill the tables with so many activities an old province; return how many there are."""
    for province in geography.provinces():
        if province.map == "2025":
            await connection.execute(_COVERAGE, province.id, list(geography.expand(province.id)), list(RECORD_TYPES))
        else:
            await connection.execute(_ACTIVITIES, province.id, province.successor_id, a_province)
    await connection.execute("VACUUM (ANALYZE)")
    return int(await connection.fetchval("SELECT count(*) FROM activity"))
