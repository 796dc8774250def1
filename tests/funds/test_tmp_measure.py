import time

from tests.funds.builders import PATH, a_coverage
from tests.funds.test_hot_statements import funds_url  # noqa
from tests.support.answers import ok


async def test_measure(funds, db):
    for p in ("25-2025", "40-2025", "01-2025"):
        ok(
            await funds.as_(area="VN").post(
                f"{PATH}/coverages", json=a_coverage(province=p, covered_from="2014-01-01", covered_to=None)
            ),
            201,
        )
    for area, client in (("25", funds), ("VN", funds.as_(area="VN"))):
        for q in (
            "",
            "&group_by=month",
            "&group_by=quarter",
            "&group_by=month&previous=year",
            "&group_by=report_sector&previous=period",
        ):
            t = time.perf_counter()
            r = ok(await client.get(f"{PATH}/indicator-values?from=2019-01-01&to=2023-12-31{q}"))
            print(area, q, len(r["items"]), round(time.perf_counter() - t, 2), "s")
        for q in (
            "q=1234",
            "q=ben+vay",
            "sums=outstanding_vnd,principal_vnd",
            "sums=outstanding_vnd&count=exact&facets=state&state=active",
        ):
            t = time.perf_counter()
            r = ok(await client.get(f"{PATH}/loans?{q}"))
            print(area, q, round(time.perf_counter() - t, 3), "s", r["sums"])
