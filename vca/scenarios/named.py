"""The organizations that the published reports name: under the name as printed, at the place as far as it is printed.

Nothing is added: what a report does not say of one stays empty. All of them and what is said of each: seed_names.csv.
"""

from __future__ import annotations

from datetime import date

from kernel.values import geography
from vca.scenarios.builder import Row, Scenario

_CHOSEN = "Báo cáo năm 2020: được chọn làm mô hình vì hoạt động ổn định theo Luật Hợp tác xã 2012, tức là có từ trước"


def _commune(province: str, name: str) -> str:
    return next(
        c.code for c in geography.communes() if c.map == "2008" and c.province_id == province and c.name == name
    )


def phu_tho(s: Scenario) -> list[Row]:
    """Add the cooperatives that Phú Thọ's report of 2023 names; return the four certified by VietGAP."""
    certified = [
        s.named("cooperative", "HTX DVNN – ĐN Vĩnh Lại"),
        s.named("cooperative", "HTX DV NN Cao Xá"),
        s.named("cooperative", "HTX DV NN tổng hợp xã Hùng Việt"),
        s.named("cooperative", "HTX NN xã Hùng Việt", reason="Báo cáo nêu hai hợp tác xã khác nhau ở xã Hùng Việt"),
    ]
    s.named("cooperative", "HTX Mì gạo Hùng Lô", district="Thành phố Việt Trì")
    s.named("cooperative", "HTX nông nghệp tổng hợp Yên Lập", district="Huyện Yên Lập")
    s.named("cooperative", "HTX cây ăn quả và dược liệu Mường Kịt", commune=_commune(s.province, "Kiệt Sơn"))
    s.named("cooperative", "HTX gà nhiều cựa Tân Sơn Phú Thọ")
    return certified


def yen_bai(s: Scenario) -> tuple[list[Row], list[tuple[Row, str]]]:
    """Add the organizations that Yên Bái's report of 2020 names.

    Return those it calls members, and the OCOP products with their makers.
    """
    new = s.named(
        "cooperative",
        "HTX nông lâm nghiệp Xanh 27/7",
        commune=_commune(s.province, "An Thịnh"),
        founded=(date(2020, 7, 1), "month"),
    )
    for name in ("HTX DVTH Hồng Ca", "HTX 6/12 Đào Thịnh"):
        older = s.named("cooperative", name, district="Huyện Trấn Yên")
        # The report chose them for their stable results: when 2020 began they were there, since when it does not say.
        s.status(older, "operating", "operating", date(2019, 12, 31), reason=_CHOSEN)
    cinnamon = s.named("cooperative", "HTX nông lâm nghiệp tổng hợp Công Tâm", district="Huyện Văn Yên")
    s.named("cooperative", "HTX Lũng Lô", district="Huyện Văn Chấn")
    s.named("cooperative", "HTX DVTH Tân Thịnh", district="Huyện Văn Chấn")
    company = s.named("enterprise", "Công ty Yên Thành", district="Huyện Yên Bình")
    herbs = s.named("cooperative", "HTX sản xuất dược liệu Thái Dương")
    oils = s.named("cooperative", "HTX Tĩnh Dung", district="Huyện Văn Yên")
    lemongrass = s.named("cooperative", "HTX Hương Chanh", district="Huyện Trạm Tấu")
    tea = s.named("cooperative", "HTX dịch vụ NN Púng Luông", district="Huyện Mù Căng Chải")
    fish = s.named("cooperative", "HTX sản xuất chế biến nông sản Tây Bắc Hiền Vinh", district="Huyện Yên Bình")
    products = [
        (company, "Măng khô Thác Bà"),
        (cinnamon, "Tinh dầu quế Công Tâm"),
        (herbs, "Nước rửa chén tinh dầu quế"),
        (oils, "Tinh dầu thực vật Đại Phú An"),
        (lemongrass, "Tinh dầu xả Hương Chanh"),
        (tea, "Chè Shan tuyết Púng Luông"),
        (fish, "Cá rô lọc xương sấy hồ Thác Bà"),
        (fish, "Cá mương sấy hồ Thác Bà"),
    ]
    return [new, company, cinnamon, herbs, oils, lemongrass, tea, fish], products


BUYER = "Công ty TNHH Toản Xuân"


def kon_tum(s: Scenario) -> None:
    """Add the enterprise whose shops seven cooperatives were linked with; its seat is in Nam Định."""
    s.named("enterprise", BUYER, province="36-2008")
