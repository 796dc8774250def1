"""Closed lists of trade promotion."""

from __future__ import annotations

from kernel.values.wording import Labels

TRADE_EVENT_KINDS: Labels = {
    "fair": ("Hội chợ", "Fair"),
    "product_week": ("Tuần lễ trưng bày, giới thiệu sản phẩm", "Product week"),
    "matching_conference": ("Hội nghị kết nối cung cầu", "Matching conference"),
    "online": ("Trực tuyến", "Online event"),
}


TRADE_EVENT_STATES: Labels = {
    "planned": ("Theo kế hoạch", "Planned"),
    "open": ("Đã thông báo, nhận đăng ký", "Announced, taking participants"),
    "held": ("Đã tổ chức", "Held"),
    "reported": ("Đã báo cáo", "Reported"),
    "cancelled": ("Đã hủy", "Cancelled"),
}


# What may be done with an event, state by state (trade_events/records.py).
TRADE_EVENT_ACTIONS: Labels = {
    "change": ("Sửa thông tin sự kiện", "Change the event"),
    "open": ("Thông báo, nhận đăng ký", "Announce"),
    "participate": ("Ghi đơn vị tham gia", "Enter a participant"),
    "complete": ("Ghi là đã tổ chức", "Complete"),
    "report": ("Báo cáo sự kiện", "Report"),
    "cancel": ("Hủy sự kiện", "Cancel"),
}


ORGANIZER_KINDS: Labels = {
    "alliance": ("Liên minh HTX tỉnh", "Cooperative alliance of a province"),
    "national_alliance": ("Liên minh HTX Việt Nam", "National alliance"),
    "ministry": ("Bộ, ngành trung ương", "Ministry"),
    "department": ("Sở, ngành", "Provincial department"),
    "local_authority": ("Ủy ban nhân dân", "Local authority"),
    "enterprise": ("Doanh nghiệp, sàn thương mại điện tử", "Enterprise or platform"),
    "other": ("Khác", "Other"),
}


ORGANIZATION_TYPES: Labels = {
    "cooperative": ("Hợp tác xã", "Cooperative"),
    "cooperative_union": ("Liên hiệp hợp tác xã", "Cooperative union"),
    "cooperative_group": ("Tổ hợp tác", "Cooperative group"),
    "enterprise": ("Doanh nghiệp", "Enterprise"),
}
"""As the registry has them. Only cooperatives are counted as lượt HTX."""


PRODUCT_KINDS: Labels = {
    "rice": ("Gạo, thóc", "Rice"),
    "maize_cassava": ("Ngô, khoai, sắn", "Maize, potatoes, cassava"),
    "vegetables": ("Rau, củ", "Vegetables"),
    "beans_nuts": ("Đậu, lạc, hạt", "Beans and nuts"),
    "mushrooms": ("Nấm", "Mushrooms"),
    "bamboo_shoots": ("Măng", "Bamboo shoots"),
    "fruit": ("Quả tươi", "Fresh fruit"),
    "dried_fruit": ("Quả sấy, mứt", "Dried fruit and preserves"),
    "tea": ("Chè", "Tea"),
    "coffee": ("Cà phê", "Coffee"),
    "cocoa": ("Ca cao, sô cô la", "Cocoa and chocolate"),
    "pepper_spices": ("Hồ tiêu, gia vị", "Pepper and spices"),
    "cinnamon_essential_oils": ("Quế, hồi, tinh dầu", "Cinnamon, anise and essential oils"),
    "medicinal_herbs": ("Dược liệu, sâm", "Medicinal herbs and ginseng"),
    "honey": ("Mật ong", "Honey"),
    "eggs": ("Trứng", "Eggs"),
    "milk": ("Sữa, sản phẩm từ sữa", "Milk and dairy"),
    "meat": ("Thịt tươi", "Fresh meat"),
    "processed_meat": ("Giò, chả, thịt chế biến", "Processed meat"),
    "fish": ("Cá, thủy sản tươi", "Fish and seafood"),
    "processed_fish": ("Thủy sản chế biến, mắm", "Processed fish, fish sauce"),
    "noodles": ("Bún, miến, mì", "Noodles"),
    "cakes_sweets": ("Bánh, kẹo", "Cakes and sweets"),
    "sauces_pickles": ("Tương, ớt, dưa muối", "Sauces and pickles"),
    "cooking_oil": ("Dầu ăn", "Cooking oil"),
    "spirits": ("Rượu, bia", "Spirits and beer"),
    "juice_water": ("Nước uống, nước ép", "Drinks and juice"),
    "textiles": ("Thổ cẩm, dệt may", "Textiles"),
    "bamboo_rattan": ("Mây, tre, đan", "Bamboo and rattan ware"),
    "wood_furniture": ("Đồ gỗ", "Woodware"),
    "pottery": ("Gốm, sứ", "Pottery"),
    "conical_hats": ("Nón lá", "Conical hats"),
    "cosmetics_soap": ("Mỹ phẩm, xà phòng", "Cosmetics and soap"),
    "flowers_plants": ("Hoa, cây cảnh", "Flowers and plants"),
    "seeds_fertilizer": ("Giống, phân bón", "Seeds and fertilizer"),
    "animal_feed": ("Thức ăn chăn nuôi", "Animal feed"),
    "machinery_tools": ("Máy, dụng cụ", "Machinery and tools"),
    "tourism": ("Du lịch cộng đồng", "Community tourism"),
    "other": ("Khác, ghi tên", "Other, by name"),
}
"""Kinds of products as fairs label them (loại sản phẩm). Under `other` each name is a kind of its own."""


BUYER_KINDS: Labels = {
    "shop_chain": ("Chuỗi cửa hàng", "Chain of shops"),
    "supermarket": ("Siêu thị", "Supermarket"),
    "wholesaler": ("Đầu mối, chợ", "Wholesaler"),
    "processor": ("Cơ sở chế biến", "Processor"),
    "exporter": ("Doanh nghiệp xuất khẩu", "Exporter"),
    "platform": ("Sàn thương mại điện tử", "Online platform"),
    "kitchen": ("Bếp ăn tập thể, nhà hàng", "Kitchen or restaurant"),
    "cooperative": ("HTX, liên hiệp HTX", "Cooperative or union"),
    "other": ("Khác", "Other"),
}


ALL: dict[str, Labels] = {
    "trade_event_kinds": TRADE_EVENT_KINDS,
    "trade_event_states": TRADE_EVENT_STATES,
    "trade_event_actions": TRADE_EVENT_ACTIONS,
    "organizer_kinds": ORGANIZER_KINDS,
    "trade_organization_types": ORGANIZATION_TYPES,
    "product_kinds": PRODUCT_KINDS,
    "buyer_kinds": BUYER_KINDS,
}
