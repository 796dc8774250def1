"""What the alliance did: training, trade, funds, science and certificates, media."""

from __future__ import annotations

from services.reporting.documents.content import Sentence
from services.reporting.documents.wording.phrases import Clause, Speaker, is_behind, led_in, listed, together


def training(say: Speaker) -> list[Sentence]:
    """Return the classes and who came to them."""
    own = together(
        say.clause("tổ chức {n:of_plan} lớp tập huấn nâng cao năng lực{n:end}", n="training_classes_alliance"),
        say.clause(" cho {n:of_plan} lượt học viên{n:full}", n="training_attendances_alliance"),
    )
    joint = together(
        say.clause(
            "phối hợp với các ban, ngành, đơn vị liên quan tổ chức {n:of_plan} lớp bồi dưỡng{n:end}",
            n="training_classes_joint",
        ),
        say.clause(" cho {n:of_plan} lượt cán bộ các HTX{n:end}", n="training_attendances_joint"),
    )
    of_them = "trong các lớp do {alliance} tổ chức có " if own is not None else "tổ chức "
    law = together(
        say.clause(
            "{n:of_plan} lớp tập huấn Luật HTX và các chủ trương, chính sách của Đảng và Nhà nước về phát triển kinh tế hợp tác{n:end}",
            n="training_classes_law",
        ),
        say.clause(" cho {n:of_plan} học viên{n:end}", n="training_trainees_law"),
    )
    management = together(
        say.clause("{n:of_plan} lớp bồi dưỡng nghiệp vụ quản lý{n:end}", n="training_classes_management"),
        say.clause(
            " cho {n:of_plan} cán bộ quản lý, người lao động trong HTX{n:end}", n="training_trainees_management"
        ),
    )
    told = any(part is not None for part in (own, joint, law, management))
    reached = listed(
        (
            say.clause("{n:of_plan} lượt học viên{n:end}", n="training_attendances:province"),
            say.clause("{n:of_plan} người được học{n:end}", n="training_distinct_trainees:province"),
            say.clause("{n:of_plan} đơn vị có người được học{n:end}", n="training_cooperatives_reached:province"),
            say.clause("{n:of_plan} giờ học{n:end}", n="training_hours:province"),
        ),
    )
    total = (
        together(say.clause("{n:of_plan} lớp{n:end}", n="training_classes:province"), reached, between=", với ")
        or reached
    )
    return [
        *say.sentence(own, joint),
        *say.sentence(law, management, before=of_them),
        *say.sentence(total, before="tính chung {in_area} đã có " if told else "{period_short}, {in_area} đã có "),
    ]


def trade(say: Speaker) -> list[Sentence]:
    """Return fairs, connections and what came of them."""
    places = "tại các hội chợ, tuần lễ trưng bày, giới thiệu sản phẩm, kết nối tiêu thụ sản phẩm trong và ngoài tỉnh"
    if say.context.area == "nation":
        places = places.replace(" trong và ngoài tỉnh", "")
    took_part = "hỗ trợ {n:of_plan} lượt HTX tham gia"
    shown = together(
        say.clause(f"{took_part}{{n:end}}", n="trade_promotion_cooperative_participations"),
        say.clause(f" trưng bày {{n:of_plan}} loại sản phẩm {places}{{n:end}}", n="trade_promotion_product_types"),
    )
    if not say.has("trade_promotion_product_types"):
        shown = say.clause(
            f"{took_part} hội chợ xúc tiến thương mại, kết nối cung cầu, giới thiệu sản phẩm{{n:end}}",
            n="trade_promotion_cooperative_participations",
        )
    types_alone = (
        None
        if shown is not None
        else say.clause(
            f"hỗ trợ các HTX trưng bày {{n:of_plan}} loại sản phẩm {places}{{n:end}}", n="trade_promotion_product_types"
        )
    )
    linked = say.clause(
        "hỗ trợ {n:of_plan} HTX kết nối mua bán, tiêu thụ sản phẩm{n:end}", n="market_linkage_cooperatives"
    )
    results = listed(
        (
            say.clause("{n:of_plan} lượt đơn vị tham gia{n:end}", n="trade_promotion_participations"),
            say.clause("{n:of_plan} HTX tham gia{n:end}", n="trade_promotion_cooperatives"),
            say.clause("{n:of_plan} sự kiện{n:end}", n="trade_promotion_events"),
            say.clause("{n:of_plan} lượt trưng bày{n:end}", n="trade_promotion_product_showings"),
            say.clause("{n:of_plan} hợp đồng được ký{n:end}", n="trade_promotion_contracts"),
            say.clause("{n:of_plan} liên kết tiêu thụ được ký{n:end}", n="market_links"),
            say.clause("doanh thu tại sự kiện {n:unit}{n:end}", n="trade_promotion_revenue"),
            say.clause("kinh phí hỗ trợ đơn vị tham gia {n:unit}{n:end}", n="trade_promotion_support"),
        ),
    )
    return [
        *say.sentence(shown, types_alone),
        *say.sentence(linked, before="đồng thời, " if shown is not None else ""),
        *say.sentence(results, before="kết quả xúc tiến thương mại: "),
    ]


def funds(say: Speaker) -> list[Sentence]:
    """Return what the funds lent and what is outstanding."""
    lent = say.clause("đã giải ngân cho vay {n:of_plan} dự án của các HTX, THT{n:end}", n="loan_projects_disbursed")
    amount = say.clause(" với tổng số tiền cho vay là {n:unit}{n:full}", n="loan_amount_disbursed")
    alone = None if lent is not None else say.clause("đã giải ngân cho vay {n:unit}{n:full}", n="loan_amount_disbursed")
    turns = say.clause("với {n:of_plan} lượt giải ngân{n:end}", n="loan_project_turns")
    outstanding = listed(
        (
            say.clause("dư nợ cho vay là {n:unit}{n:full}", n="fund_outstanding"),
            say.clause("{n:of_plan} khách hàng còn dư nợ{n:end}", n="loan_borrowers"),
            say.clause("dư nợ tự chịu rủi ro {n:unit}{n:end}", n="fund_outstanding_own_risk"),
            say.clause("dư nợ của các khoản vay quá hạn {n:unit}{n:end}", n="fund_overdue"),
            say.clause("tỷ lệ nợ xấu {n:unit}{n:full}", n="fund_npl_ratio"),
        ),
        between="; ",
    )
    return [
        *say.sentence(together(lent, amount) or alone, turns, before="các Quỹ thuộc {alliance} quản lý ", between=", "),
        *say.sentence(outstanding, before="{last_day}, "),
    ]


def science_and_certificates(say: Speaker) -> list[Sentence]:
    """Return projects, certificates, chains and models."""
    projects = say.clause(
        "chủ trì, phối hợp thực hiện {n:of_plan} dự án khoa học công nghệ{n:end}", n="science_technology_projects"
    )
    certified = _certified(say)
    suppliers = say.clause(
        "triển khai hỗ trợ xây dựng liên kết theo chuỗi giá trị của {n:of_plan} HTX cung cấp nguyên liệu đầu vào{n:end}",
        n="value_chain_supplier_cooperatives",
    )
    chains = say.clause(
        "đến nay, đã "
        + ("hỗ trợ thành công" if say.own("value_chain_models") else "có")
        + " {n:of_plan} mô hình HTX phát triển sản xuất gắn với chuỗi giá trị{n:end}",
        n="value_chain_models",
    )
    advanced = say.known("advanced_cooperative_models")
    models = None
    if advanced is not None and not is_behind(advanced):
        models = say.clause(
            "đã có {n:of_plan} HTX điển hình tiên tiến, ứng dụng công nghệ cao, sản xuất theo chuỗi giá trị{n:end}",
            n="advanced_cooperative_models",
        )
    high_tech = say.clause(
        "{last_day}, {in_area} có {n:of_plan} HTX ứng dụng công nghệ cao{n:end}", n="cooperatives_high_tech"
    )
    if certified is not None:
        certified = listed((certified, led_in("đồng thời ", suppliers)))
    return [
        *say.sentence(projects, certified or suppliers),
        *say.sentence(chains),
        *_ocop(say),
        *say.sentence(models),
        *say.sentence(high_tech),
    ]


def _certified(say: Speaker) -> Clause | None:
    """Return the area with a VietGAP certificate and whose it is, both at one scope."""
    area, cooperatives = say.known("certified_area_vietgap"), say.known("certified_cooperatives_vietgap")
    leading = area or cooperatives
    scope = "" if leading is None else leading.key.partition(":")[2]
    verb = "cấp" if scope == "province" else "tư vấn, hỗ trợ cấp"
    whose = f"certified_cooperatives_vietgap:{scope}"
    if area is not None:
        certified = say.clause(f"{verb} chứng nhận VietGAP cho {{n:unit}}{{n:end}}", n=area.key)
        return together(certified, say.clause(" của {n:of_plan} HTX{n:end}", n=whose))
    return say.clause(f"{verb} chứng nhận VietGAP cho {{n:of_plan}} HTX{{n:end}}", n=whose) if scope else None


def _ocop(say: Speaker) -> list[Sentence]:
    """Return the products that were recognized, whose they are, and their stars, all at one scope."""
    known = say.known("ocop_products_recognized")
    if known is None:
        producers = say.clause("{n:of_plan} đơn vị có sản phẩm được công nhận OCOP{n:end}", n="ocop_producers")
        return say.sentence(producers, before="{period_short} đã có ")
    scope = known.key.partition(":")[2]
    stars = say.clause(" đạt từ {n:unit} trở lên", n=f"ocop_star_grade:{scope}")
    recognized = together(
        say.clause("{n:of_plan} sản phẩm OCOP", n=known.key),
        say.clause(" của {n:of_plan} HTX và doanh nghiệp", n=f"ocop_producers:{scope}"),
        say.clause(" được công nhận"),
        stars,
        say.clause("{n:end}", n=known.key),
    )
    return say.sentence(recognized, before="{period_short} đã có ")


def media(say: Speaker) -> list[Sentence]:
    """Return contests and what was published where."""
    published = [
        say.clause(
            "đăng {n:of_plan} tin, bài trên báo và Cổng thông tin điện tử{of_area}{n:end}",
            n="media_items_newspaper_portal",
        ),
        listed(
            (
                say.clause("đưa {n:of_plan} tin{n:end}", n="media_news_broadcast"),
                say.clause("{n:of_plan} phóng sự{n:end}", n="media_reportages_broadcast"),
            ),
        ),
        say.clause("đưa {n:of_plan} tin, bài lên Website Liên minh HTX Việt Nam{n:end}", n="media_items_vca_site"),
        say.clause(
            "đăng {n:of_plan} tin, bài lên trang Web, fanpage của {alliance}{n:end}", n="media_items_own_channels"
        ),
    ]
    broadcast = published[1]
    if broadcast is not None:
        where = say.clause(" về hoạt động KTTT, HTX trên Đài PT – TH{of_area}")
        if not say.has("media_news_broadcast"):
            broadcast = led_in("đưa ", broadcast)
        published[1] = together(broadcast, where)
    bulletins = say.clause("biên tập, phát hành {n:of_plan} cuốn Bản tin KTTT{n:end}", n="media_bulletin_copies")
    contests = say.clause("tổ chức {n:of_plan} cuộc thi{n:end}", n="media_contests")
    items = [clause for clause in published if clause is not None]
    if items and bulletins is not None:
        items[-1:] = [together(items[-1], bulletins, between=" và ")]  # type: ignore[list-item]
    elif bulletins is not None:
        items = [bulletins]
    lead = (
        [say.lead("đổi mới công tác thông tin, tuyên truyền bằng nhiều hình thức trên " + _channels(say))]
        if items and _channels(say)
        else []
    )
    return [*lead, *say.sentence(contests), *say.sentence(*items, before="kết quả {period} đã ")]


def _channels(say: Speaker) -> str:
    """Return the channels that something came out on, as a list."""
    of = say.context.of_area
    broadcast = say.has("media_news_broadcast") or say.has("media_reportages_broadcast")
    names = [
        *([f"Đài PT – TH{of}"] if broadcast else []),
        *([f"báo, Cổng thông tin điện tử{of}"] if say.has("media_items_newspaper_portal") else []),
        *(["Website Liên minh HTX Việt Nam"] if say.has("media_items_vca_site") else []),
        *([f"Website, Fanpage {say.context.alliance}"] if say.has("media_items_own_channels") else []),
    ]
    return "; ".join(names)
