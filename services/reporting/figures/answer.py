"""Figures of everything in one place: asked from the services at once, with plans and reported totals beside them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from kernel.web.auth import NATION
from kernel.web.calls import Call
from services.reporting import code_lists as codes
from services.reporting.catalogue import CATALOGUE
from services.reporting.figures.ask import FigureAsk
from services.reporting.figures.asking import of_all
from services.reporting.figures.elsewhere import add_reported_elsewhere
from services.reporting.figures.items import Key, blank, complete
from services.reporting.figures.planned import add_plans
from services.reporting.figures.task_counts import task_counts


async def figures(call: Call, ask: FigureAsk) -> list[dict[str, Any]]:
    """Return the figures asked, in the order asked; of a group each has its own.

    The services are asked with the caller's own token. One that gives no answer leaves its figures `unavailable`, and the
    others stand. Items are as `schemas.Figure`, with days as days and values in the unit shown.
    """
    if ask.province == NATION:
        ask = replace(ask, province=None)
    by_service: dict[str, list[Key]] = {}
    counts = [code for code, _ in ask.indicators if code in codes.PLAN_COUNTS]
    for code, scope in ask.indicators:
        if code not in codes.PLAN_COUNTS:
            by_service.setdefault(CATALOGUE[code].service, []).append((code, scope))
    answered, counted = await asyncio.gather(of_all(call, ask, by_service), _counts(call, ask, counts))
    items = [item for key in ask.indicators for item in answered.get(key, counted.get(key, []))]
    for item in items:
        complete(ask, item)
    await add_reported_elsewhere(call, ask, items)
    await add_plans(call, ask, items)
    return items


async def _counts(call: Call, ask: FigureAsk, asked: list[str]) -> dict[Key, list[dict[str, Any]]]:
    if not asked:
        return {}
    counted: dict[Key, list[dict[str, Any]]] = {}
    for item in await task_counts(call, ask, asked):
        whole = blank(ask, item["indicator"], item["scope"], call.language, status=item["status"])
        counted[item["indicator"], item["scope"]] = [{**whole, **item}]
    for code in asked:
        key = (code, CATALOGUE[code].default_scope)
        counted.setdefault(key, [blank(ask, *key, call.language, status="not_reported")])
    return counted
