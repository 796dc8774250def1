"""A report as its documents need it: names of the province and the alliances, who signs, and its sections."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from kernel.values import geography
from services.reporting.documents.content import ReportContent, Section, Sentence
from services.reporting.reports.kinds import NATION, alliance_of
from services.reporting.rows import ReportRow

_NATIONAL = "Liên minh Hợp tác xã Việt Nam"
_COMMITTEE = "Ủy ban nhân dân"
_HEAD = "Chủ tịch"


def _area_words(province_id: str) -> str:
    """Return a province with its kind: tỉnh Phú Thọ, thành phố Hà Nội."""
    known = geography.province(province_id)
    assert known is not None, "checked with the body"
    return f"{'thành phố' if known.type == 'municipality' else 'tỉnh'} {known.name}"


def paper_of(report: ReportRow, content: Mapping[str, Any]) -> ReportContent:
    """Return a report as it is printed. What is not approved yet is a draft, and says so."""
    province, nation = report["province"], report["province"] == NATION
    # A report on a province of the map until 2025 is signed by the alliance that bears it today.
    alliance = NATION if nation else alliance_of(province)
    return ReportContent(
        title=report["title"],
        kind=report["kind"],
        from_=report["starts_on"],
        to=report["ends_on"],
        province_name="Việt Nam" if nation else geography.province_name(province),
        alliance_name=_NATIONAL if nation else f"Liên minh Hợp tác xã {_area_words(_signing(report, alliance))}",
        parent_name="" if nation else f"{_COMMITTEE} {_area_words(_signing(report, alliance))}",
        geography=report["geography"],
        number=report["number"],
        place="Hà Nội" if nation else geography.province_name(_signing(report, alliance)),
        signed_on=report["issued_on"],
        signer_form=report["signer_form"],
        signer_title=report["signer_title"] or _HEAD,
        signer_name=report["signer_name"],
        recipients=tuple(orjson.loads(report["recipients"])),
        sections=tuple(_section(each) for each in content["sections"]),
        cells=tuple(content["cells"]),
        is_draft=report["state"] in ("draft", "submitted"),
    )


def _signing(report: ReportRow, alliance: str) -> str:
    """Return the province whose alliance signs: that of the report's days, where its own map was in force then."""
    in_force = geography.map_in_force(report["ends_on"])
    return report["province"] if report["province"].endswith(in_force) else alliance


def _section(section: Mapping[str, Any]) -> Section:
    return Section(
        code=section["code"],
        title_vi=section["title"],
        generated=tuple(Sentence(each["text"], tuple(each["cells"])) for each in section["generated"]),
        own_text=section["own_text"],
        table=section["code"] == "plan_vs_actual",
    )
