"""The service's indicators, all of activities: what each counts and where its definition comes from.

An activity counts on `happened_on`, the day it happened, came out or began. A scope counts by the alliance's part in it;
`alliance` is all that the alliance recorded of its own work, also where its part is not known.
"""

from __future__ import annotations

from functools import partial

from kernel.indicators.attributions import attributed_scopes
from kernel.indicators.definitions import CommuneColumns, Indicator, Relation
from kernel.indicators.table import IndicatorTable
from services.reporting import code_lists as codes
from services.reporting.scopes import PREFIX

ACTIVITIES = Relation(
    name="activities",
    tables="activity a",
    condition="a.happened_on BETWEEN {from_}::date AND {to}::date",
    id="a.id",
    province="a.province_2008",
    province_2025="a.province_2025",
    alliance="a.alliance",
    groups={
        "attribution": "a.attribution",
        "channel": "a.channel",
        "month": "to_char(a.happened_on, 'YYYY-MM')",
    },
    communes=CommuneColumns(code="a.commune_code", map="a.commune_map"),
)
_PHU_THO, _YEN_BAI = "báo cáo Phú Thọ 8 tháng 2023", "báo cáo Yên Bái năm 2020 (đến 20/12)"


def _scopes(condition: str, first: str) -> dict[str, str]:
    return dict(attributed_scopes("a.attribution", condition, first=first, own_work=True))


def _of_channels(*channels: str) -> dict[str, str]:
    """Return the scopes of media items that came out on one of the channels."""
    named = ", ".join(f"'{channel}'" for channel in channels)
    return _scopes(f"a.channel IN ({named})", "alliance")


_flow = partial(Indicator, kind="flow", relation=ACTIVITIES, listed="activities")
_media = partial(_flow, unit="item", needs=("media_items",))

INDICATORS = IndicatorTable(
    PREFIX,
    (
        _flow(
            code="science_technology_projects",
            label_vi="Dự án khoa học công nghệ chủ trì, phối hợp",
            label_en="Science and technology projects",
            unit="project",
            scopes=_scopes("a.kind = 'science_project'", "joint"),
            needs=("science_projects",),
            source=f"Projects that began in the period ({_PHU_THO}: 3, chủ trì, phối hợp thực hiện).",
        ),
        _flow(
            code="media_contests",
            label_vi="Cuộc thi do Liên minh tổ chức",
            label_en="Contests",
            unit="event",
            scopes=_scopes("a.kind = 'contest'", "alliance_led"),
            needs=("contests",),
            source=f"Contests that began in the period ({_PHU_THO}: 2).",
        ),
        _media(
            code="media_items_newspaper_portal",
            label_vi="Tin, bài trên báo và Cổng thông tin điện tử",
            label_en="Items in newspapers and on the portal",
            scopes=_of_channels("newspaper", "portal"),
            source=f"Items that came out in the period, one record an item ({_PHU_THO}: 16).",
        ),
        _media(
            code="media_news_broadcast",
            label_vi="Tin trên đài phát thanh, truyền hình",
            label_en="News on radio and television",
            scopes=_of_channels("broadcast_news"),
            source=f"Items that came out in the period; reportages are apart ({_PHU_THO}: 18).",
        ),
        _media(
            code="media_reportages_broadcast",
            label_vi="Phóng sự trên đài phát thanh, truyền hình",
            label_en="Reportages on radio and television",
            scopes=_of_channels("broadcast_reportage"),
            source=f"Reportages that came out in the period; news are apart ({_PHU_THO}: 3).",
        ),
        _media(
            code="media_items_vca_site",
            label_vi="Tin, bài trên trang của Liên minh HTX Việt Nam",
            label_en="Items on the national alliance's site",
            scopes=_of_channels("vca_site"),
            source=f"Items that came out in the period ({_PHU_THO}: 11).",
        ),
        _media(
            code="media_items_own_channels",
            label_vi="Tin, bài trên trang web, fanpage của Liên minh",
            label_en="Items on the alliance's own site and pages",
            scopes=_of_channels("own_channels"),
            source=f"Items that came out in the period ({_PHU_THO}: 94).",
        ),
        _flow(
            code="media_bulletin_copies",
            label_vi="Cuốn bản tin phát hành",
            label_en="Copies of bulletins",
            unit="copy",
            scopes=_scopes("a.kind = 'bulletin'", "alliance"),
            needs=("bulletins",),
            source=f"Copies of the bulletins that came out in the period, not bulletins ({_PHU_THO}: 500 cuốn).",
            measure="a.quantity",
        ),
        _flow(
            code="poor_households_supported",
            label_vi="Hộ nghèo được hỗ trợ",
            label_en="Poor households supported",
            unit="household",
            scopes=_scopes("a.kind = 'household_support'", "alliance_led"),
            needs=("household_supports",),
            source=f"Households that were helped in the period ({_YEN_BAI}: 107); who left poverty is counted apart and is no "
            "part of it.",
            measure="a.quantity",
        ),
    ),
    labels={"attribution": codes.ATTRIBUTIONS, "channel": codes.MEDIA_CHANNELS},
)
