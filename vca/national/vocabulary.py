"""The words that invented organizations are named by."""

from __future__ import annotations


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


SYLLABLES = _words(
    "An Anh Ba Bá Bắc Bảo Bằng Bích Bình Cam Cao Cẩm Chánh Châu Chi Chính Chung Công Cường Cửu Danh Diên Diệp Dũng Duy "
    "Dương Đa Đại Đan Đạo Đạt Đăng Đệ Điền Định Đoàn Đôn Đông Đồng Đức Gia Giang Giao Hà Hải Hàm Hạnh Hậu Hiền Hiệp "
    "Hiếu Hoa Hòa Hoài Hoan Hoàng Hồng Huệ Huy Hùng Hưng Hương Hữu Khai Khang Khánh Khê Khoa Kiên Kiều Kim Kỳ La Lạc Lai "
    "Lam Lan Lãng Lâm Lập Liên Linh Lĩnh Long Lộc Lợi Luân Lương Ly Mai Mạnh Mẫn Minh Mỹ Nam Nga Ngân Nghi Nghĩa Ngọc "
    "Nguyên Nhân Nhật Nhuận Ninh Phát Phi Phong Phú Phúc Phụng Phước Phương Quan Quang Quảng Quế Quốc Quỳnh Sa Sáng "
    "Sĩ Song Sơn Tài Tam Tâm Tân Tây Thạch Thái Thanh Thành Thạnh Thảo Thăng Thắng Thế Thiên Thiện Thịnh Thọ Thới Thu "
    "Thuận Thủy Thượng Tiên Tiến Tín Toàn Trà Trạch Tràng Trí Triều Trung Trúc Trường Tú Tuấn Tùng Tường Vạn Văn Vân "
    "Viên Việt Vinh Vĩnh Vũ Vượng Xuân Xuyên Yên Ý"
)
FAMILY_NAMES = _words("Nguyễn Trần Lê Phạm Hoàng Huỳnh Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý")
# Sector: share in percent, words of a name, VSIC code of the main line.
SECTORS = {
    "agriculture": (66, ("Nông nghiệp", "Dịch vụ Nông nghiệp", "Sản xuất Nông nghiệp", "DVNN", "Chăn nuôi"), "0161"),
    "industry_handicraft": (10, ("Tiểu thủ công nghiệp", "Sản xuất", "Mây tre đan"), "1629"),
    "trade_service": (11, ("Thương mại Dịch vụ", "Dịch vụ Tổng hợp", "TMDV"), "4690"),
    "construction": (4, ("Xây dựng", "Sản xuất Vật liệu Xây dựng"), "4290"),
    "transport": (5, ("Vận tải", "Dịch vụ Vận tải"), "4933"),
    "environment": (3, ("Dịch vụ Môi trường", "Vệ sinh Môi trường"), "3811"),
    "credit_fund": (1, ("Quỹ tín dụng nhân dân",), "6419"),
}
SECTOR_NAMES, SECTOR_SHARES = tuple(SECTORS), tuple(share for share, _, _ in SECTORS.values())
PREFIXES = {
    "cooperative": "Hợp tác xã",
    "cooperative_group": "Tổ hợp tác",
    "cooperative_union": "Liên hiệp hợp tác xã",
}
