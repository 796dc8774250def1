"""A service that does not answer: its figures say why, without a value, and the others stand."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from services.reporting import code_lists as codes
from services.reporting import upstreams
from tests.registry.builders import Make as RegistryMake
from tests.reporting.figures.conftest import Answer, Asking, ServiceWire
from tests.support.client import ApiClient

ASKED = "cooperatives_total,training_classes,cooperatives_new,media_contests"


def _why(items: list[dict[str, Any]]) -> list[tuple[str, str | None]]:
    return [(each["status"], each["unavailable"] and each["unavailable"]["code"]) for each in items]


def _answering(status: int, body: Any, **headers: str) -> Answer:
    async def answer(request: httpx.Request) -> httpx.Response:
        content = body if isinstance(body, bytes) else None
        return httpx.Response(status, content=content, json=None if content is not None else body, headers=headers)

    return answer


async def _slow(request: httpx.Request) -> httpx.Response:
    await asyncio.sleep(30)
    raise AssertionError("nobody waits so long")


async def _reset(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadError("connection reset", request=request)


async def _silent(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout("too slow", request=request)


_FIGURE: dict[str, Any] = {"indicator": "training_classes", "scope": "province", "value": 1, "status": "reported"}
NONSENSE: dict[str, tuple[Answer, str]] = {
    "no JSON": (_answering(200, b"<html>"), "bad_answer"),
    "a list": (_answering(200, []), "bad_answer"),
    "no items": (_answering(200, {}), "bad_answer"),
    "items of another kind": (_answering(200, {"items": ["x"]}), "bad_answer"),
    "no figure of what was asked": (_answering(200, {"items": []}), "bad_answer"),
    "half a figure": (_answering(200, {"items": [_FIGURE]}), "bad_answer"),
    "a refusal": (_answering(422, {"code": "invalid"}), "bad_answer"),
    "no such path": (_answering(404, b""), "bad_answer"),
    "moved": (_answering(307, b"", location="http://elsewhere.internal/"), "bad_answer"),
    "compressed wrongly": (_answering(200, b"x", **{"content-encoding": "gzip"}), "bad_answer"),
    "not permitted": (_answering(403, {"code": "forbidden"}), "not_permitted"),
    "not known": (_answering(401, {"code": "unauthenticated"}), "not_permitted"),
    "fallen over": (_answering(500, {"code": "unexpected"}), "service_down"),
    "stopped": (_answering(503, {"code": "busy"}), "service_down"),
    "at its limit": (_answering(429, {"code": "too_many_requests"}), "too_slow"),
    "timed out": (_answering(504, {"code": "timeout"}), "too_slow"),
    "silent": (_silent, "too_slow"),
    "reset": (_reset, "service_down"),
    "slow": (_slow, "too_slow"),
}


@pytest.mark.parametrize("name", list(NONSENSE))
async def test_what_a_service_cannot_answer_is_unavailable_and_the_others_stand(
    ask: Asking, register: RegistryMake, wire: ServiceWire, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    await register.coverage(province="25-2025")
    await register.organization()
    monkeypatch.setattr(upstreams, "DEADLINE_SECONDS", 0.3 if name == "slow" else 10.0)
    wire.instead["training"], why = NONSENSE[name]
    items = await ask.items(ASKED)
    assert _why(items) == [("reported", None), ("unavailable", why), ("reported", None), ("not_reported", None)]
    lost = items[1]
    assert (lost["value"], lost["evidence"], lost["data_through"]) == (None, None, None)
    assert (lost["unavailable"]["service"], lost["unit"], lost["province"]) == ("training", "class", "25-2025")


@pytest.mark.parametrize("value", ["12", True, [1], {"a": 1}])
async def test_what_is_no_number_is_no_value(ask: Asking, training: ApiClient, wire: ServiceWire, value: Any) -> None:
    params = {"indicators": "training_classes", "from": "2023-01-01", "to": "2023-12-31", "province": "25-2025"}
    document = (await training.get("/v1/training/indicator-values", params=params)).json()
    document["items"][0]["value"] = value
    wire.instead["training"] = _answering(200, document)
    assert _why(await ask.items("training_classes")) == [("unavailable", "bad_answer")]


async def test_a_cut_wire_and_the_words_for_it_in_both_languages(reporting: ApiClient, wire: ServiceWire) -> None:
    wire.cut |= {"registry", "training", "funds"}
    params = {"indicators": ASKED, "from": "2023-01-01", "to": "2023-12-31", "province": "25-2025"}
    for at, language in enumerate(("vi", "en")):
        answer = await reporting.get("/v1/reporting/figures", params=params, headers={"Accept-Language": language})
        down, *_, own = answer.json()["items"]
        assert down["unavailable"] == {
            "service": "registry",
            "code": "service_down",
            "detail": codes.NO_ANSWERS["service_down"][at],
        }
        assert own["status"] == "not_reported"


async def test_nothing_is_asked_again_but_what_a_connection_lost(ask: Asking, wire: ServiceWire) -> None:
    tries: list[str] = []

    async def once_lost(request: httpx.Request) -> httpx.Response:
        tries.append(request.url.path)
        if len(tries) == 1:
            raise httpx.RemoteProtocolError("server disconnected", request=request)
        del wire.instead["training"]
        return await wire.handle_async_request(request)

    wire.instead["training"] = once_lost
    assert _why(await ask.items("training_classes")) == [("not_reported", None)]
    assert len(tries) == 2


async def test_a_caller_sees_no_more_than_the_services_let_them(reporting: ApiClient, register: RegistryMake) -> None:
    await register.coverage(province="25-2025")
    only_reports = Asking(reporting.as_(scope="reports.read"))
    assert _why(await only_reports.items(ASKED)) == [
        ("unavailable", "not_permitted"),
        ("unavailable", "not_permitted"),
        ("unavailable", "not_permitted"),
        ("not_reported", None),
    ]
    with_registry = Asking(reporting.as_(scope="reports.read registry.read"))
    assert _why(await with_registry.items("cooperatives_total,loan_borrowers")) == [
        ("reported", None),
        ("unavailable", "not_permitted"),
    ]


async def test_grouped_a_service_that_is_down_has_one_cell_an_indicator(ask: Asking, wire: ServiceWire) -> None:
    wire.cut.add("training")
    for group_by in ("province", "month", "topic"):
        document = await ask.document("training_classes", group_by=group_by)
        assert _why(document["items"]) == [("unavailable", "service_down")]
        (total,) = document["totals"]
        assert (total["value"], total["is_complete"]) == (None, False)
