"""Words of the field in place of those that the fixtures count: a request that is shown is right to copy."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from kernel.values import geography
from tests.contract.examples.people import People
from tests.support.client import ApiClient

Json = dict[str, Any]

_COUNTED = re.compile(r"lần \d+")
_NOBODY = re.compile(r"Nguyễn Văn A(?: \d+)?")
_NOWHERE = re.compile(
    r"Hợp tác xã (?:\w+ )?\w+ [A-Z][a-z]+ [A-Z][a-z]+|(?:HTX|Hợp tác xã) (?:Minh Khai|Đồng Tâm|Rau sạch)(?: \d+)?"
)
_TEXTS: Mapping[str, Sequence[str]] = {
    "reason": ("Theo hồ sơ hợp tác xã gửi ngày 12/01/2024",),
    "note": ("Đã đối chiếu với chứng từ gốc", "Hồ sơ bản giấy lưu tại tủ số 4"),
    "legal_basis": ("Quyết định số 18/2021/QĐ-UBND của Ủy ban nhân dân tỉnh",),
    "security_note": ("Thế chấp máy móc hình thành từ vốn vay",),
    "address": ("Khu 5, xã Gia Cẩm",),
    "name": ("Nhóm khách hàng liên quan của ông Trần Văn Bắc",),
    "name_short": ("HTX Chè Phú Hộ",),
    "relation": ("Vợ của giám đốc hợp tác xã",),
    "description": ("Máy sấy chè công suất 500 kg/mẻ, mua năm 2022",),
    "application_number": ("HS-2023/041", "HS-2023/042"),
    "findings": ("Xưởng chế biến đang hoạt động, phương án khả thi",),
    "result": ("Đã lắp đặt máy sấy, tăng sản lượng 20%",),
    "results": ("48 học viên hoàn thành, đánh giá cuối khóa đạt yêu cầu",),
    "request_reason": ("Giá chè giảm, hợp tác xã xin thêm thời gian trả nợ",),
    "decision_number": ("27/QĐ-QHT", "28/QĐ-QHT"),
    "document_number": ("12/YC-QHT", "13/YC-QHT"),
    "source": ("Sổ theo dõi của Liên minh, đã rà soát tháng 9/2023",),
    "title": ("Báo cáo kết quả công tác 8 tháng đầu năm 2023", "Báo cáo kết quả công tác năm 2023"),
    "signer_name": ("Đỗ Thị Lan",),
    "number": ("215/BC-LMHTX", "216/BC-LMHTX"),
    "text": ("Đã đối chiếu với sổ theo dõi: số liệu đúng, năm trước chưa tổ chức hoạt động này",),
    "letter_number": ("115/GM-LMHTX", "116/GM-LMHTX"),
    "answer_note": ("Cử hai người tham dự",),
    "position": ("Kế toán trưởng",),
    "party_name": ("Công ty TNHH Chè Hưng Hà",),
    "area": ("Các xã phía bắc huyện Lâm Thao",),
    "topic": ("Quản trị và phân phối lợi nhuận trong hợp tác xã",),
}
"""What a field says in place of a counted text."""
_REASONS = (
    ("revers|withdraw|remove|invalid", "Nhập nhầm, đã lập biên bản ngày 12/01/2024"),
    ("reject", "Phương án trả nợ chưa khả thi"),
    ("cancel", "Hai bên thống nhất không thực hiện"),
    ("revoke", "Cấp nhầm người"),
    ("recall", "Sử dụng vốn sai mục đích"),
    ("close_loan_drawing", "Hợp tác xã không còn nhu cầu giải ngân phần còn lại"),
    ("confirm", "Đã đối chiếu với quyết định"),
)
"""What operations are called → why they are done."""
_FAMILIES = ("Hà", "Đinh", "Triệu", "Nguyễn", "Trần", "Lê", "Phùng", "Bùi", "Hoàng", "Đặng", "Vi", "Cao", "Phạm", "Đỗ")
_GIVEN = (
    *("Thị Thanh", "Thị Liên", "Thu Phúc", "Thị Kim Oanh", "Minh Quyên", "Thị Hạnh", "Thị Tươi", "Thị Sáu", "Thị Bình"),
    *("Thị Minh Nguyệt", "Ngọc Anh", "Thị Thơm", "Bích Thủy", "Thị Hồng", "Thị Vân", "Thu Trang", "Thị Lý", "Thị Mai"),
)
"""Of women, as whom the fixtures describe whom they make up."""
_FILES = {"pdf": "quyet-dinh", "csv": "danh-sach"}
_SAYINGS = {
    "Trần Thị B": "Trần Thị Bích",
    "Lê Văn C": "Lê Văn Cường",
    "Gia đình ông B": "Gia đình ông Bắc",
}
_NUMBERED = {re.compile(r"bão số \d+"): "Bão số 3 đổ bộ, tỉnh cấm tập trung đông người"}
_LINES = (
    "Nông nghiệp",
    "Dịch vụ tổng hợp",
    "Chè",
    "Bưởi Đoan Hùng",
    "Rau an toàn",
    "Chăn nuôi",
    "Lâm nghiệp",
    "Thủy sản",
)
_SEATS = tuple(one for one in geography.communes() if (one.map, one.province_id) == ("2008", "25-2008"))
"""The communes of old Phú Thọ."""


class Wording:
    """Puts words into requests: who is named works or was registered somewhere, and is named twice nowhere."""

    def __init__(self, organizations: Sequence[Json], taken: set[str], *, with_registry: bool = True) -> None:
        self._with_registry = with_registry
        free = [
            one
            for one in organizations
            if one["legal_status"] == "active" and not one["is_credit_fund"] and one["id"] not in taken
        ]
        self._known = {one["id"] for one in organizations}
        self._standing_for: dict[str, Json] = {}
        self._operation = ""
        self._free = {
            of: itertools.cycle([one for one in free if one["type"] == of])
            for of in ("cooperative", "cooperative_group")
        }
        self._texts = {name: itertools.cycle(texts) for name, texts in _TEXTS.items()}
        self._people = (f"{family} {given}" for given in _GIVEN for family in _FAMILIES)
        self._founded = ((f"Hợp tác xã {line} {seat.name}", seat.code) for line in _LINES for seat in _SEATS)

    def of(self, body: Json, operation: str = "") -> Json:
        """Return a body in words of the field. What is in such words already stays as it is."""
        self._operation = operation
        return self._body(body)

    def file(self, text: str) -> str:
        """Return the text of a file in words of the field."""
        for kind, name in _FILES.items():
            text = re.sub(rf'filename="[^"]*\.{kind}"', f'filename="{name}.{kind}"', text)
        text = _NOWHERE.sub(lambda _: next(self._founded)[0], text)
        return _NOBODY.sub(lambda _: next(self._people), text)

    def registered(self, id_: str, kind: str = "cooperative") -> Json | None:
        """Return the organization of the demo that stands for one of which the registry knows nothing; None: it does."""
        if not self._with_registry or id_ in self._known:
            return None
        if id_ not in self._standing_for:
            self._standing_for[id_] = next(self._free[kind])
        return self._standing_for[id_]

    def _body(self, body: Json) -> Json:
        if body.get("decision") == "reject":
            body = {"decision": "confirm", "reason": "Đã đối chiếu với quyết định"}
        if "seat" in body and _NOWHERE.fullmatch(body.get("name", "")):
            name, commune = next(self._founded)
            body = {**body, "name": name, "seat": {**body["seat"], "commune_code": commune}}
        body = {name: self._value(name, value) for name, value in body.items()}
        for field in ("organization_id", "beneficiary_organization_id"):
            if isinstance(id_ := body.get(field), str):
                kind = (
                    "cooperative" if field == "organization_id" else body.get("beneficiary_kind", "cooperative_group")
                )
                one = self.registered(id_, kind)
                if one is not None:
                    body[field] = one["id"]
                if one is not None and "organization_name" in body:
                    body["organization_name"] = one["name"]
                elif one is not None and field == "organization_id" and body.get("kind") == "cooperative":
                    body["name"] = one["name"]
        return body

    def _value(self, name: str, value: Any) -> Any:
        match value:
            case dict():
                return self._body(value)
            case list():
                return [self._value(name, each) for each in value]
            case str():
                return self._text(name, value)
        return value

    def _text(self, name: str, text: str) -> str:
        if text in _SAYINGS:
            return _SAYINGS[text]
        if _COUNTED.fullmatch(text):
            reasons = (why for what, why in _REASONS if name == "reason" and re.search(what, self._operation))
            if name not in self._texts:
                raise KeyError(f"{name} is only counted ({text}): say it here in words of the field")
            return next(reasons, None) or next(self._texts[name])
        for numbered, said in _NUMBERED.items():
            if numbered.fullmatch(text):
                return said
        if _NOBODY.fullmatch(text):
            return next(self._people)
        if _NOWHERE.fullmatch(text):
            return next(self._founded)[0]
        return text


def speaking(wording: Wording, people: People) -> type[ApiClient]:
    """Return clients that call as the people of the examples, in words of the field whatever a fixture sends."""

    class Speaking(ApiClient):
        def __init__(self, app: Any, contract: Any, **caller: Any) -> None:
            who = people.staff.get(caller.get("sub", ""))
            own = wording.registered(caller["organization_id"]) if "organization_id" in caller else None
            if own is not None:
                caller["organization_id"] = own["id"]
            super().__init__(app, contract, **caller | ({"sub": who.id, "name": who.full_name} if who else {}))

        async def request(self, method: str, url: Any, **options: Any) -> httpx.Response:
            if isinstance(options.get("json"), dict):
                options["json"] = wording.of(options["json"])
            return await super().request(method, url, **options)

    return Speaking
