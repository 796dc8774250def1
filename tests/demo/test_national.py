"""The invented national set: seeded, in the right proportions, and as true as if it had been entered by hand."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any, cast

import httpx
import orjson
import pytest
from stdnum.vn import mst

from kernel.database.connections import connect
from kernel.records.embedding import own_fields
from services.registry import code_lists
from services.registry.organizations.queries import TimelineFact
from services.registry.organizations.schemas import Organization
from services.registry.organizations.service import timeline
from services.registry.rows import OrganizationRow
from services.registry.statistics.judging import refuse_impossible
from tests.demo.conftest import running_registry
from tests.support.databases import Databases
from vca.errors import Refusal
from vca.national import generate, load_national
from vca.national.generate import BATCH, National
from vca.national.identifiers import code_of
from vca.national.load import make

pytestmark = pytest.mark.thorough

SIZE = BATCH + 300
Loaded = tuple[httpx.Client, str, list[str]]


@pytest.fixture(scope="module")
def national(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    """The registry with a small national set in it, its database, and what the loader told."""
    lines: list[str] = []
    with databases.kept("registry") as url:
        assert load_national(url, SIZE, tell=lines.append) == SIZE
        with running_registry(url, tmp_path_factory.mktemp("national")) as client:
            yield client, url, lines


def rows(url: str, sql: str, *args: Any) -> list[dict[str, Any]]:
    """Run one statement on the database at `url`."""

    async def run() -> list[dict[str, Any]]:
        connection = await connect(url)
        try:
            return [dict(row) for row in await connection.fetch(sql, *args)]
        finally:
            await connection.close()

    return asyncio.run(run())


def test_the_whole_set_has_35000_cooperatives_80000_groups_and_200_unions() -> None:
    whole = National(generate.TOTAL)
    counted = Counter(whole.type_of(number) for number in range(whole.size))
    assert counted == {"cooperative": 35_000, "cooperative_group": 80_000, "cooperative_union": 200}


def test_every_alliance_has_organizations(national: Loaded) -> None:
    _, url, _ = national
    assert len(rows(url, "SELECT DISTINCT alliance FROM organization")) == 34
    assert len(rows(url, "SELECT DISTINCT alliance FROM coverage")) == 34


def test_types_come_in_exact_proportion(national: Loaded) -> None:
    _, url, _ = national
    by_type = {row["type"]: row["n"] for row in rows(url, "SELECT type, count(*) AS n FROM organization GROUP BY type")}
    assert by_type == National(SIZE).counts


def test_each_timeline_is_what_its_facts_make_it(national: Loaded) -> None:
    """The registry's own rule, applied to the facts as they are stored, gives the periods as they are stored."""
    _, url, _ = national
    facts: dict[str, list[TimelineFact]] = {}
    sql = """
        SELECT organization_id, kind AS fact, effective_on AS on, status, basis, NULL::jsonb AS seat FROM status_change
         UNION ALL
        SELECT organization_id, 'type_conversion', effective_on, kind, NULL, NULL FROM type_conversion
         UNION ALL
        SELECT organization_id, 'seat_change', effective_on, NULL, NULL, jsonb_build_object(
               'commune_code', commune_code, 'commune_map', commune_map, 'commune_name', commune_name,
               'address', address, 'province_2008', to_province_2008, 'province_2025', to_province_2025,
               'seat_2025_commune_code', seat_2025_commune_code)
          FROM seat_change ORDER BY organization_id, "on" """
    for row in rows(url, sql):
        seat = orjson.loads(row.pop("seat") or "{}")
        facts.setdefault(row["organization_id"], []).append(cast("TimelineFact", {**row, **seat}))
    periods: dict[str, list[tuple[Any, ...]]] = {}
    for row in rows(url, "SELECT * FROM organization_state ORDER BY organization_id, valid_from"):
        periods.setdefault(row["organization_id"], []).append(
            (
                row["valid_from"],
                row["valid_to"],
                row["type"],
                row["legal_status"],
                row["operating_state"],
                row["commune_code"],
            )
        )
    organizations = cast("list[OrganizationRow]", rows(url, "SELECT * FROM organization"))
    assert len(facts) > 300
    for organization in organizations:
        computed = timeline(organization, facts.get(organization["id"], []))
        assert periods[organization["id"]] == [
            (
                p.valid_from,
                p.valid_to,
                p.state.type,
                p.state.legal_status,
                p.state.operating_state,
                p.state.commune_code,
            )
            for p in computed
        ]
        last = computed[-1].state
        for column in ("type", "legal_status", "operating_state", "commune_code", "alliance"):
            assert organization[column] == getattr(last, column)


def test_every_version_is_in_history_and_feed(national: Loaded) -> None:
    _, url, _ = national
    written = rows(
        url,
        """SELECT resource_type AS kind, sum(version) FILTER (WHERE version = newest) AS versions, count(*) AS entries
             FROM (SELECT *, max(version) OVER (PARTITION BY resource_type, resource_id) AS newest FROM history) h
            GROUP BY resource_type""",
    )
    versions = {
        row["kind"]: row["n"]
        for row in rows(
            url,
            "SELECT resource_type AS kind, count(DISTINCT (resource_id, resource_version)) AS n FROM change GROUP BY 1",
        )
    }
    assert (
        {row["kind"]: row["entries"] for row in written}
        == {row["kind"]: row["versions"] for row in written}
        == versions
    )
    assert set(versions) >= {"organization", "status_change", "seat_change", "alliance_membership", "coverage"}
    assert versions["organization_statistic"] > 2_000


def test_the_newest_version_in_history_is_what_the_registry_answers(national: Loaded) -> None:
    client, _, _ = national
    page = client.get(
        "/v1/registry/organizations", params={"limit": 200, "legal_status": "temporarily_suspended"}
    ).json()
    assert len(page["items"]) > 40
    for record in page["items"]:
        entries = client.get(f"/v1/registry/organizations/{record['id']}/history").json()["items"]
        assert [entry["version"] for entry in entries] == list(range(1, record["version"] + 1))
        assert entries[-1]["content"] == {name: record[name] for name in own_fields(Organization)}
        assert entries[0]["content"]["legal_status"] == "active"
        assert "legal_status" in {name for entry in entries[1:] for name in entry["changed"]}


def test_the_feed_tells_of_every_organization(national: Loaded) -> None:
    client, _, _ = national
    seen: set[str] = set()
    after = None
    while True:
        params = {"limit": "500", "types": "organization"} | ({"after": after} if after else {})
        page = client.get("/v1/registry/changes", params=params)
        assert page.status_code == 200, page.text
        seen |= {item["resource"] for item in page.json()["items"]}
        after = page.json()["next_cursor"]
        if page.json()["at_head"]:
            break
    assert len(seen) == SIZE


def test_cooperatives_report_three_years_and_a_share_of_groups_fewer(national: Loaded) -> None:
    _, url, _ = national
    reporting = rows(
        url,
        """SELECT s.type = 'cooperative_group' AS is_group, p.period,
                  count(f.id)::float / count(*) AS share, count(f.id) AS n
             FROM (VALUES ('2023', date '2023-12-31'), ('2024', '2024-12-31'), ('2025', '2025-12-31')) p(period, day)
             JOIN organization_state s ON s.valid_from <= p.day AND s.valid_to > p.day
              AND s.legal_status NOT IN ('ended', 'terminated')
             LEFT JOIN organization_statistic f ON f.organization_id = s.organization_id AND f.period = p.period
              AND f.province_2008 = s.province_2008 AND f.alliance = s.alliance
            GROUP BY 1, 2 ORDER BY 1, 2""",
    )
    cooperatives, groups = reporting[:3], reporting[3:]
    assert [row["share"] for row in cooperatives] == [1, 1, 1]
    assert all(row["n"] > 500 for row in cooperatives)
    assert 0.03 < groups[0]["share"] < groups[1]["share"] < groups[2]["share"] < 0.3
    [counted] = rows(url, "SELECT count(*) AS n FROM organization_statistic")
    assert counted["n"] == sum(row["n"] for row in reporting)


def test_what_is_reported_could_have_been_entered(national: Loaded) -> None:
    _, url, _ = national
    reported = rows(url, "SELECT * FROM organization_statistic")
    for row in reported:
        refuse_impossible(row)
    assert {row["source"] for row in reported} == set(code_lists.STATISTIC_SOURCES)


def test_what_is_reported_makes_figures_of_a_province(national: Loaded) -> None:
    client, url, _ = national
    codes = {"avg_revenue_per_cooperative", "cooperative_members_total", "managers_share_college_or_higher"}
    query = {"indicators": ",".join(codes), "province": "38-2025", "from": "2024-01-01", "to": "2024-12-31"}
    items = client.get("/v1/registry/indicator-values", params=query).json()["items"]
    assert {item["indicator"] for item in items} == codes
    assert {item["status"] for item in items} == {"reported"}
    [summed] = rows(
        url,
        """SELECT sum(members_official + members_affiliate_capital + members_affiliate_noncapital) AS n
             FROM organization_statistic f JOIN organization_state s USING (organization_id, province_2025)
            WHERE f.period = '2024' AND f.province_2025 = '38-2025' AND s.type = 'cooperative'
              AND s.valid_from <= f.period_to AND s.valid_to > f.period_to""",
    )
    [members] = [item for item in items if item["indicator"] == "cooperative_members_total"]
    assert members["value"] == summed["n"] > 0


def test_figures_are_reported_from_the_day_coverage_begins(national: Loaded) -> None:
    client, url, _ = national
    query = {"indicators": "cooperatives_total", "province": "38-2025"}
    [figure] = client.get(
        "/v1/registry/indicator-values", params={**query, "from": "2025-01-01", "to": "2025-06-30"}
    ).json()["items"]
    [counted] = rows(
        url,
        """SELECT count(*) AS n FROM organization_state WHERE province_2025 = '38-2025' AND type = 'cooperative'
              AND legal_status <> 'ended' AND valid_from <= '2025-06-30' AND valid_to > '2025-06-30'""",
    )
    assert (figure["status"], figure["value"]) == ("reported", counted["n"])


def test_published_figures_of_real_provinces_are_left_alone(national: Loaded) -> None:
    """Beside the real records of 2020 to 2023 nothing invented begins before 2024, and nothing is claimed."""
    _, url, _ = national
    real = ["15-2025", "25-2025", "40-2025"]
    [first] = rows(url, "SELECT min(valid_from) AS day FROM organization_state WHERE alliance = ANY($1::text[])", real)
    assert first["day"] >= date(2024, 1, 1)
    covered = rows(url, "SELECT covered_from FROM coverage WHERE alliance = ANY($1::text[])", real)
    assert {row["covered_from"] for row in covered} == {date(2024, 1, 1)}


def test_everything_says_that_it_is_invented(national: Loaded) -> None:
    _, url, _ = national
    assert rows(url, "SELECT DISTINCT is_synthetic FROM organization") == [{"is_synthetic": True}]
    codes = [row["code"] for row in rows(url, "SELECT code FROM organization WHERE code IS NOT NULL")]
    assert all(mst.is_valid(code) and "95" <= code[:2] <= "98" for code in codes)


def test_there_is_a_code_for_every_number() -> None:
    codes = {code_of(number) for number in range(0, 1_000_000, 7)}
    assert len(codes) == len(range(0, 1_000_000, 7))


def test_progress_is_told(national: Loaded) -> None:
    _, _, lines = national
    assert lines[-1].startswith("100 %")
    assert "2.800" in lines[-1]


def test_loading_again_or_after_a_break_adds_only_what_is_missing(databases: Databases) -> None:
    with databases.kept("registry") as url:
        broken_off = National(SIZE)

        async def first_batch_only() -> None:
            connection = await connect(url)
            await make(broken_off, 0).copy(connection)
            await connection.close()

        asyncio.run(first_batch_only())
        assert load_national(url, SIZE, tell=lambda _: None) == SIZE - BATCH
        assert load_national(url, SIZE, tell=lambda _: None) == 0
        [counted] = rows(url, "SELECT count(*) AS n FROM organization")
        assert counted["n"] == SIZE


def test_a_set_of_another_size_is_refused(databases: Databases) -> None:
    with databases.kept("registry") as url:
        load_national(url, 200, tell=lambda _: None)
        with pytest.raises(Refusal, match="another size"):
            load_national(url, 300, tell=lambda _: None)
        with pytest.raises(Refusal, match="Give 1 to"):
            load_national(url, 0)
