"""The codes of activities and of figures as another body reports them."""

from __future__ import annotations

from kernel.values import common_lists
from kernel.values.wording import Labels

ACTIVITY_KINDS: Labels = {
    "media_item": ("Tin, bài, phóng sự", "Media item"),
    "bulletin": ("Bản tin", "Bulletin"),
    "contest": ("Cuộc thi", "Contest"),
    "science_project": ("Dự án khoa học và công nghệ", "Science and technology project"),
    "policy_advice": ("Tham mưu, góp ý văn bản", "Advice on a document of policy"),
    "conference": ("Hội nghị, hội thảo", "Conference"),
    "household_support": ("Hỗ trợ hộ nghèo", "Support of poor households"),
    "agreement": ("Ký kết phối hợp", "Agreement on working together"),
    "other": ("Hoạt động khác", "Other"),
}
MEDIA_CHANNELS: Labels = {
    "newspaper": ("Báo", "Newspaper"),
    "portal": ("Cổng thông tin điện tử", "Portal of the province"),
    "broadcast_news": ("Tin trên đài phát thanh, truyền hình", "News on radio or television"),
    "broadcast_reportage": ("Phóng sự trên đài phát thanh, truyền hình", "Reportage on radio or television"),
    "vca_site": ("Trang của Liên minh HTX Việt Nam", "Site of the national alliance"),
    "own_channels": ("Trang web, fanpage của Liên minh", "The alliance's own site and pages"),
}
PROJECT_LEVELS: Labels = {
    "state": ("Cấp quốc gia", "State"),
    "ministry": ("Cấp bộ", "Ministry"),
    "province": ("Cấp tỉnh", "Province"),
    "grassroots": ("Cấp cơ sở", "Grassroots"),
}
ADVISED_DOCUMENTS: Labels = {
    "law": ("Luật", "Law"),
    "decree": ("Nghị định", "Decree"),
    "resolution": ("Nghị quyết", "Resolution"),
    "action_program": ("Chương trình hành động", "Program of action"),
    "scheme": ("Đề án", "Scheme"),
    "plan": ("Kế hoạch", "Plan"),
    "decision": ("Quyết định", "Decision"),
    "directive": ("Chỉ thị", "Directive"),
    "letter": ("Công văn", "Official letter"),
    "other": ("Văn bản khác", "Other"),
}
"""Kinds of document that an alliance advises on."""
ATTRIBUTIONS = common_lists.ATTRIBUTIONS
BUDGET_SOURCES = common_lists.BUDGET_SOURCES
COMMUNE_MAPS = common_lists.COMMUNE_MAPS
COMPARATORS: Labels = {
    "eq": ("Bằng", "Equal to"),
    "gt": ("Hơn", "More than"),
    "ge": ("Ít nhất", "At least"),
    "lt": ("Dưới", "Less than"),
    "approx": ("Khoảng", "About"),
}
"""How a reported number stands to the true one: "hơn 40" is more than 40."""
RECORD_TYPES: Labels = {
    "media_items": ("Tin, bài, phóng sự", "Media items"),
    "bulletins": ("Bản tin", "Bulletins"),
    "contests": ("Cuộc thi", "Contests"),
    "science_projects": ("Dự án khoa học và công nghệ", "Science and technology projects"),
    "policy_advice": ("Tham mưu, góp ý văn bản", "Advice on documents of policy"),
    "conferences": ("Hội nghị, hội thảo", "Conferences"),
    "household_supports": ("Hỗ trợ hộ nghèo", "Support of poor households"),
    "agreements": ("Ký kết phối hợp", "Agreements on working together"),
}
"""What coverage may declare complete: the activities of one kind."""

ALL: dict[str, Labels] = {
    "activity-kinds": ACTIVITY_KINDS,
    "media-channels": MEDIA_CHANNELS,
    "project-levels": PROJECT_LEVELS,
    "advised-documents": ADVISED_DOCUMENTS,
    "alliance-attributions": ATTRIBUTIONS,
    "budget-sources": BUDGET_SOURCES,
    "commune-maps": COMMUNE_MAPS,
    "comparators": COMPARATORS,
    "record-types": RECORD_TYPES,
}
