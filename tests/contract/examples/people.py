"""Who works in the examples: invented people and systems with names, as identity makes them."""

from __future__ import annotations

from fastapi import FastAPI

from tests.identity.people import Identity, Person, System
from tests.support.contract import Contract

_STAFF = {
    "officer": ("lan.nguyen", "Nguyễn Thị Lan", "fund_officer"),
    "builder": ("minh.tran", "Trần Văn Minh", "registry_officer"),
    "another": ("hoa.pham", "Phạm Thị Hoa", "fund_officer"),
    "approver": ("quyet.ly", "Lý Thị Quyết", "fund_approver"),
    "own-user": ("binh.vu", "Vũ Thanh Bình", "viewer"),
}
"""What the fixtures of the services call who works there → account, name and role."""
_OTHERS = (
    ("thu.dang", "Đặng Thị Thu"),
    ("hung.bui", "Bùi Mạnh Hùng"),
    ("mai.hoang", "Hoàng Thị Mai"),
    ("son.ngo", "Ngô Văn Sơn"),
    ("nga.do", "Đỗ Thị Nga"),
    ("dung.phan", "Phan Tiến Dũng"),
    ("yen.luong", "Lương Thị Yến"),
    ("khanh.ha", "Hà Văn Khánh"),
)
_SYSTEMS = ("Phần mềm kế toán hợp tác xã", "Cổng thông tin Liên minh", "Kho dữ liệu của tỉnh", "Ứng dụng điểm danh")


class People(Identity):
    """Identity whose people and systems have names of the field; no two user names are alike."""

    def __init__(self, app: FastAPI, contract: Contract) -> None:
        super().__init__(app, contract)
        self._people, self._systems = 0, 0
        self.staff: dict[str, Person] = {}

    async def enter_staff(self) -> None:
        """Make the accounts of who works in the examples."""
        for called, (username, full_name, role) in _STAFF.items():
            self.staff[called] = await super().person(role, username=username, full_name=full_name)

    async def person(
        self,
        *roles: str,
        area: str = "25-2025",
        username: str | None = None,
        full_name: str | None = None,
        must_change: bool = False,
    ) -> Person:
        """Make an account of the next one."""
        lap, at = divmod(self._people, len(_OTHERS))
        self._people += 1
        account, name = _OTHERS[at]
        if lap:
            account += str(lap + 1)
        return await super().person(
            *roles, area=area, username=username or account, full_name=full_name or name, must_change=must_change
        )

    async def system(
        self, *scopes: str, area: str = "25-2025", client_id: str | None = None, name: str | None = None
    ) -> System:
        """Make the next client system."""
        lap, at = divmod(self._systems, len(_SYSTEMS))
        self._systems += 1
        number = f" {lap + 1}" if lap else ""
        given = client_id or f"he-thong-{self._systems}"
        return await super().system(*scopes, area=area, client_id=given, name=name or f"{_SYSTEMS[at]}{number}")
