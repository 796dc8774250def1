"""One contract out of the services' own: their paths are whole, their names must not clash."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kernel.problems import problem_answer
from kernel.web.contract.nodes import METHODS, operations, replaced
from kernel.web.contract.sharing import share, unshared
from services.gateway.replies import REPLIES, Reply, catalogue

Json = dict[str, Any]

_DESCRIPTION = """One API for the work of Vietnam's Cooperative Alliances, behind one gateway.

**First request.** A system gets a token with its own id and secret, people sign in (`/v1/identity/authorize`, PKCE);
a token lives 10 minutes.

```sh
curl -u "$CLIENT_ID:$CLIENT_SECRET" -d grant_type=client_credentials $GATEWAY/v1/identity/token
curl -H "Authorization: Bearer $TOKEN" "$GATEWAY/v1/registry/organizations?q=dong+tam&limit=5"
```

**What holds everywhere**

- Lists come in pages: follow `next` until it is `null`. An unknown parameter is refused, not ignored.
- A single record carries an `ETag`; to change or remove it, send it back as `If-Match`.
- Any `POST` may carry an `Idempotency-Key`: sent again, it gives the same answer and does nothing twice.
- Every refusal is a problem document with a stable `code`, explained at [/problems](/problems).
- `Accept-Language: vi` (default) or `en` chooses the language of titles, details and labels; codes never change.
- Money is a whole number of đồng (`_vnd`), `_on` a day, `_at` an instant in UTC, a province a code and its map
  (`25-2025`).
- To keep a copy: take an export, then follow the change feed from the cursor it names. It never loses a change.
- Limits: body 1 MB (files 20 MB), address 8 KB, 200 items a page, 500 a batch, 30 s a call; calls a minute in
  `x-ratelimit-limit`.
- `X-Vca-Operation` in an answer is the operation's `operationId`."""

_DESCRIPTION_VI = """Một API cho công việc của Liên minh Hợp tác xã, sau một cổng chung.

**Lời gọi đầu tiên.** Hệ thống lấy token truy cập bằng mã và khóa bí mật của mình, người dùng thì đăng nhập
(`/v1/identity/authorize`, PKCE); token truy cập có hiệu lực 10 phút.

```sh
curl -u "$CLIENT_ID:$CLIENT_SECRET" -d grant_type=client_credentials $GATEWAY/v1/identity/token
curl -H "Authorization: Bearer $TOKEN" "$GATEWAY/v1/registry/organizations?q=dong+tam&limit=5"
```

**Điều đúng ở mọi nơi**

- Danh sách chia thành trang: đi theo `next` cho đến khi là `null`. Tham số lạ bị từ chối, không bị bỏ qua.
- Mỗi bản ghi riêng lẻ có `ETag`; muốn sửa hay xóa thì gửi lại trong `If-Match`.
- `POST` nào cũng có thể kèm `Idempotency-Key`: gửi lại thì được câu trả lời như cũ và không có gì làm hai lần.
- Mỗi lần từ chối là một tài liệu vấn đề với `code` không đổi, giải thích ở [/problems](/problems).
- `Accept-Language: vi` (mặc định) hoặc `en` chọn ngôn ngữ của tiêu đề, chi tiết và nhãn; mã thì không bao giờ đổi.
- Tiền là số nguyên đồng (`_vnd`), `_on` là ngày, `_at` là thời điểm theo UTC, tỉnh là mã kèm bản đồ (`25-2025`).
- Muốn giữ một bản sao: lấy một bản chụp, rồi đi theo dòng thay đổi từ con trỏ mà bản chụp nêu. Không thay đổi nào bị mất.
- Giới hạn: thân yêu cầu 1 MB (tệp 20 MB), địa chỉ 8 KB, mỗi trang 200 mục, mỗi lô 500 mục, mỗi lời gọi 30 giây; số lời gọi
  mỗi phút ở `x-ratelimit-limit`.
- `X-Vca-Operation` trong câu trả lời là `operationId` của thao tác."""

_GROUPS = {
    "registry": "Registry · Sổ đăng ký",
    "funds": "Funds · Quỹ",
    "training": "Training and trade · Đào tạo, xúc tiến",
    "reporting": "Reporting · Báo cáo",
    "identity": "Identity · Tài khoản",
}

_AT_ANY = frozenset(
    {"address_too_long", "headers_too_large", "too_many_requests", "upstream_unavailable", "upstream_timeout"}
)
_WITH_TOKEN = frozenset({"token_missing", "token_invalid"})
_WITH_BODY = frozenset({"body_too_large"})


class Clash(Exception):
    """Two services give different things the same name."""


def merge(documents: Sequence[Json]) -> Json:
    """Return the merged document, the gateway's own problems added. Raises Clash where one name stands for two things.

    What several documents have alike, such as the schema of a problem, stands in it once.
    """
    documents = [unshared(document) for document in documents]
    first = documents[0]
    merged: Json = {
        "openapi": first["openapi"],
        "info": {
            **first["info"],
            "title": "Cooperative Alliance API",
            "description": _DESCRIPTION,
            "x-description-vi": _DESCRIPTION_VI,
        },
        "servers": first["servers"],
        "paths": {},
        "components": {},
        "tags": [],
        "x-problems": [],
    }
    ids: set[str] = set()
    problems: dict[str, Json] = {}
    for document in documents:
        for path, item in document["paths"].items():
            _put(merged["paths"], path, item, "path")
            for method, operation in item.items():
                if method not in METHODS:
                    continue
                if operation["operationId"] in ids:
                    raise Clash(f"two operations are called {operation['operationId']}")
                ids.add(operation["operationId"])
        for name, item in document.get("webhooks", {}).items():
            _put(merged.setdefault("webhooks", {}), name, item, "webhook")
        for kind, named in document.get("components", {}).items():
            for name, item in named.items():
                _put(merged["components"].setdefault(kind, {}), name, item, kind)
        for tag in document.get("tags", []):
            if tag not in merged["tags"]:
                merged["tags"].append(tag)
        for problem in document.get("x-problems", []):
            # What an example is about may differ from service to service; what the code means may not.
            same_code = problems.setdefault(problem["code"], problem)
            if {**same_code, "example": None} != {**problem, "example": None}:
                raise Clash(f"the problem {problem['code']} means two things")
    for problem in catalogue():
        problems.setdefault(problem["code"], problem)
    for operation in operations(merged):
        _add_refusals(operation)
    merged["x-tagGroups"] = _tag_groups(merged)
    order = [tag for group in merged["x-tagGroups"] for tag in group["tags"]]
    merged["tags"].sort(key=lambda tag: order.index(tag["name"]))
    merged["x-problems"] = [problem for _, problem in sorted(problems.items())]
    _unite_lists(merged)
    share(merged)
    return merged


def _unite_lists(merged: Json) -> None:
    """Have each closed list of codes under one name: the first that a service gave it."""
    schemas: Json = merged["components"].get("schemas", {})
    names: dict[frozenset[tuple[str, str, str]], str] = {}
    same: dict[str, str] = {}
    for name, schema in schemas.items():
        if "x-enum-labels" in schema:
            content = frozenset((code, each["vi"], each["en"]) for code, each in schema["x-enum-labels"].items())
            if (first := names.setdefault(content, name)) != name:
                same[f"#/components/schemas/{name}"] = f"#/components/schemas/{first}"

    def to_first(node: Json) -> Json | None:
        reference = node.get("$ref")
        return {**node, "$ref": same[reference]} if isinstance(reference, str) and reference in same else None

    if same:
        merged["paths"] = replaced(merged["paths"], to_first)
        kept = {name: schema for name, schema in schemas.items() if f"#/components/schemas/{name}" not in same}
        merged["components"]["schemas"] = replaced(kept, to_first)


def _may_answer(reply: Reply, operation: Json) -> bool:
    return (
        reply.code in _AT_ANY
        or (reply.code in _WITH_TOKEN and bool(operation.get("security")))
        or (reply.code in _WITH_BODY and "requestBody" in operation)
    )


def _add_refusals(operation: Json) -> None:
    """Say which refusals the gateway itself may answer this operation with, beside the service's own."""
    responses: Json = operation.setdefault("responses", {})
    for reply in REPLIES:
        if not _may_answer(reply, operation):
            continue
        known = responses.get(str(reply.shown), {})
        codes = list(dict.fromkeys([*known.get("x-problems", ()), reply.code]))
        answer = problem_answer(codes)
        if "application/json" in known.get("content", {}):
            # Also an answer of the operation's own, as where a service says that it is not ready.
            codes_said = answer["description"]
            for said in ("description", "x-description-vi"):
                if said in known:
                    own = known[said].partition(", `")[0]
                    answer[said] = f"{own}, {codes_said}"
            answer["content"] = known["content"] | answer["content"]
        responses[str(reply.shown)] = answer
    operation["responses"] = dict(sorted(responses.items()))


def _tag_groups(merged: Json) -> list[Json]:
    """Return the tags by service, as each service orders them. Raises Clash where two services share one."""
    service_of: dict[str, str] = {}
    for path, item in merged["paths"].items():
        service = path.split("/")[2]
        for method, operation in item.items():
            for tag in operation.get("tags", ()) if method in METHODS else ():
                if service_of.setdefault(tag, service) != service:
                    raise Clash(f"the tag {tag} is of {service_of[tag]} and of {service}")
    order = [*_GROUPS, *sorted({*service_of.values()} - _GROUPS.keys())]
    groups = {
        service: [tag["name"] for tag in merged["tags"] if service_of[tag["name"]] == service] for service in order
    }
    return [{"name": _GROUPS.get(service, service), "tags": tags} for service, tags in groups.items() if tags]


def _put(into: Json, name: str, item: Any, kind: str) -> None:
    if into.setdefault(name, item) != item:
        raise Clash(f"{kind}: {name} means two things")
