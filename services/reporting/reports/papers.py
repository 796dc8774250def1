"""A report as its documents need it: names of the province and the alliances, who signs, and its sections."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from kernel.values import geography
from services.reporting.documents.content import ReportContent, Section, Sentence
from services.reporting.documents.wording import SECTIONS
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
        sections=tuple(part for each in content["sections"] for part in _sections(each)),
        cells=tuple(content["cells"]),
        is_draft=report["state"] in ("draft", "submitted"),
    )


def _signing(report: ReportRow, alliance: str) -> str:
    """Return the province whose alliance signs: that of the report's days, where its own map was in force then."""
    in_force = geography.map_in_force(report["ends_on"])
    return report["province"] if report["province"].endswith(in_force) else alliance


def _sections(section: Mapping[str, Any]) -> list[Section]:
    """Return a section as it is printed: of several groups of sentences each under its own heading, people's text last."""
    groups: dict[str, list[Sentence]] = {}
    for each in section["generated"]:
        groups.setdefault(each["group"], []).append(Sentence(each["text"], tuple(each["cells"])))
    table = section["code"] == "plan_vs_actual"
    if table or len(groups) < 2:
        sentences = tuple(sentence for group in groups.values() for sentence in group)
        return [Section(section["code"], section["title"], sentences, section["own_text"], table)]
    parts = [Section(group, SECTIONS[group], tuple(sentences), None, False) for group, sentences in groups.items()]
    own = section["own_text"]
    return parts if own is None else [*parts, Section(section["code"], section["title"], (), own, False)]
