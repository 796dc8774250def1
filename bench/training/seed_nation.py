"""An invented nation of classes, attendances, events and participations: made by SQL, as those ten years would have left it.

Neither history nor feed is made for what is there before: nothing that is measured reads them.
"""

from __future__ import annotations

from typing import Any

import asyncpg

from kernel.values import geography

TRAINEES_A_CLASS, ORGANIZATIONS_AN_EVENT = 18, 20
FIRST_YEAR, YEARS = 2015, 10

_ID = "(lpad(to_hex({0} + g), 8, '0') || '-0000-7000-8000-000000000000')::uuid"
_RECORDED = "1, now(), now(), 'bench', p.alliance"
_RECORD = "id, version, created_at, updated_at, created_by, alliance"
_DAY = f"date '{FIRST_YEAR}-01-01' + (g / p.count * 37 + p.at) % {365 * YEARS}"
_ORGANIZATION = "md5('organization' || p.at || '-' || {0} % 250)::uuid"
"""250 organizations a province."""
# One number space a table; what comes later has the higher id, as with UUIDv7.
_BASES = {
    "trainee": 0x10000000,
    "training_class": 0x20000000,
    "class_session": 0x30000000,
    "attendance": 0x40000000,
    "trade_event": 0x50000000,
    "participation": 0x60000000,
    "registration": 0x70000000,
}


def _id(table: str, number: str = "g") -> str:
    return _ID.format(_BASES[table]).replace("+ g", f"+ {number}")


def _statements(classes: int) -> list[str]:
    persons = 4 * classes
    # The persons of a province are those whose number leaves the province's place: a class takes the next eighteen.
    member = f"(g / p.count * {TRAINEES_A_CLASS} + j) * p.count % ({persons} / p.count * p.count) + p.at"
    places = "CROSS JOIN LATERAL (SELECT * FROM bench_place p WHERE p.at = g % p.count) p"
    return [
        f"INSERT INTO trainee ({_RECORD}, name, name_folded, birth_year, sex, organization_id, organization_name, person_key, "  # noqa: S608  names and numbers of the workload
        f"audience) SELECT {_id('trainee')}, {_RECORDED}, 'Nguyễn Văn ' || g, 'nguyen van ' || g, 1960 + g % 45, 'male', "
        f"{_ORGANIZATION.format('(g / p.count)')}, 'HTX Minh Khai ' || g % 250, 'nguyen van ' || g, 'manager' "
        f"FROM generate_series(0, {persons - 1}) g {places}",
        f"INSERT INTO training_class ({_RECORD}, class_number, name, name_folded, kind, topic, attribution, lead_alliance, "  # noqa: S608  names and numbers of the workload
        f"is_counted, decision_number, commune_code, commune_map, province_2008, province_2025, venue, starts_on, ends_on, "
        f"counted_on, session_minutes, registered_count, expected_audience, budget, gives_certificate, state) "
        f"SELECT {_id('training_class')}, {_RECORDED}, 'TH-' || g, 'Tập huấn Luật Hợp tác xã khóa ' || g, "
        f"'tap huan luat hop tac xa khoa ' || g, 'short_course', (ARRAY['law', 'management', 'accounting'])[1 + g % 3], "
        f"(ARRAY['alliance_led', 'alliance_led', 'joint', 'supported'])[1 + g % 4], p.alliance, true, g || '/QĐ-LMHTX', "
        f"p.commune, '2008', p.old, p.alliance, 'Hội trường xã', d, d, d, 420, 0, '[\"manager\"]', "
        f'\'[{{"source": "provincial_budget", "amount_vnd": 30000000}}]\', false, '
        f"CASE WHEN g % 20 = 0 THEN 'reported' ELSE 'held' END "
        f"FROM generate_series(0, {classes - 1}) g {places} CROSS JOIN LATERAL (SELECT {_DAY} AS d) v",
        f"INSERT INTO class_session ({_RECORD}, class_id, number, held_on, minutes) SELECT {_id('class_session')}, {_RECORDED}, "  # noqa: S608  names and numbers of the workload
        f"{_id('training_class')}, 1, {_DAY}, 420 FROM generate_series(0, {classes - 1}) g {places}",
        f"INSERT INTO attendance ({_RECORD}, class_id, trainee_id, counted, organization_id, organization_name, audience, "  # noqa: S608  names and numbers of the workload
        f"is_walk_in, source, session_ids, first_seen_at, allowance_vnd) "
        f"SELECT {_id('attendance', f'g * {TRAINEES_A_CLASS} + j')}, {_RECORDED}, {_id('training_class')}, "
        f"{_id('trainee', f'({member})')}, 1, {_ORGANIZATION.format('((' + member + ') / p.count)')}, "
        f"'HTX Minh Khai ' || ({member}) % 250, 'manager', false, 'roll_call', jsonb_build_array({_id('class_session')}), "
        f"{_DAY} + time '08:00', 150000 FROM generate_series(0, {classes - 1}) g {places} "
        f"CROSS JOIN generate_series(0, {TRAINEES_A_CLASS - 1}) j",
        f"INSERT INTO trade_event ({_RECORD}, name, name_folded, kind, organizer_kind, organizer_name, attribution, starts_on, "  # noqa: S608  names and numbers of the workload
        f"ends_on, state) SELECT {_id('trade_event')}, {_RECORDED}, 'Hội chợ ' || g, 'hoi cho ' || g, 'fair', 'alliance', "
        f"'Liên minh', 'alliance_led', {_DAY}, {_DAY}, 'held' FROM generate_series(0, {classes // 10 - 1}) g {places}",
        f"INSERT INTO participation ({_RECORD}, trade_event_id, organization_id, organization_name, organization_type, "  # noqa: S608  names and numbers of the workload
        f"province_2008, province_2025, counted_on, products, product_kinds) "
        f"SELECT {_id('participation', f'g * {ORGANIZATIONS_AN_EVENT} + j')}, {_RECORDED}, {_id('trade_event')}, "
        f"{_ORGANIZATION.format('(g + j * 7)')}, 'HTX Minh Khai ' || (g + j * 7) % 250, 'cooperative', p.old, p.alliance, "
        f"{_DAY}, '[]', ARRAY['tea', 'rice'] FROM generate_series(0, {classes // 10 - 1}) g {places} "
        f"CROSS JOIN generate_series(0, {ORGANIZATIONS_AN_EVENT - 1}) j",
        f"INSERT INTO coverage ({_RECORD}, province, provinces_2008, record_types, covered_from) "  # noqa: S608  names and numbers of the workload
        f"SELECT gen_random_uuid(), {_RECORDED}, p.alliance, (SELECT array_agg(o.old) FROM bench_place o "
        f"WHERE o.alliance = p.alliance), ARRAY['classes', 'attendances', 'participations', 'market_links'], "
        f"date '{FIRST_YEAR - 5}-01-01' FROM (SELECT DISTINCT alliance FROM bench_place) p",
    ]


async def make(connection: asyncpg.Connection[Any], classes: int) -> tuple[int, int]:
    """Fill the tables; return how many attendances and participations there are."""
    places: list[tuple[Any, ...]] = []
    for province in (p for p in geography.provinces() if p.map == "2008"):
        commune = next(c.code for c in geography.communes() if c.map == "2008" and c.province_id == province.id)
        place = geography.place(commune, "2008")
        assert place is not None, commune
        places.append((len(places), commune, province.id, place.province_2025))
    await connection.execute("CREATE TABLE bench_place (at int, count int, commune text, old text, alliance text)")
    await connection.executemany(
        "INSERT INTO bench_place VALUES ($1, $5, $2, $3, $4)", [(*place, len(places)) for place in places]
    )
    # Keys are right by the way they are made.
    await connection.execute("SET session_replication_role = replica; SET synchronous_commit = off")
    for sql in _statements(classes):
        await connection.execute(sql)
    await connection.execute("VACUUM (ANALYZE)")
    counts = await connection.fetchrow("SELECT (SELECT count(*) FROM attendance), (SELECT count(*) FROM participation)")
    assert counts is not None, "a select without FROM has a row"
    return counts[0], counts[1]


# Persons of the class's own province who do not stand on its list yet. Registered, as who checks in is.
_EXPECTED = f"""
    INSERT INTO registration ({_RECORD}, class_id, trainee_id, organization_id, organization_name, channel, state)
    SELECT gen_random_uuid(), 1, now(), now(), 'bench', c.alliance, c.id, t.id, t.organization_id, t.organization_name, 'officer',
           'registered'
      FROM (SELECT id, alliance FROM training_class ORDER BY id DESC LIMIT $1) c
     CROSS JOIN LATERAL (
           SELECT t.id, t.organization_id, t.organization_name FROM trainee t
            WHERE t.alliance = c.alliance AND NOT EXISTS (SELECT FROM attendance a WHERE a.class_id = c.id AND a.trainee_id = t.id)
            ORDER BY t.id LIMIT $2) t"""  # noqa: S608  names and numbers of the workload
_PAIRS = """
    SELECT s.id AS class_session_id, r.trainee_id FROM registration r JOIN class_session s ON s.class_id = r.class_id
     ORDER BY md5(r.id::text)"""


async def expect(connection: asyncpg.Connection[Any], classes: int, persons: int) -> list[dict[str, str]]:
    """Register persons for the newest classes; return who may check in to what, in no order."""
    await connection.execute(_EXPECTED, classes, persons)
    await connection.execute("VACUUM (ANALYZE) registration")
    return [dict(row) for row in await connection.fetch(_PAIRS)]
