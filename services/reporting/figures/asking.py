"""Asking the services: each for its own indicators, one call for each scope, all at once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence

from kernel.indicators import figures as own
from kernel.indicators.counting import Ask
from kernel.indicators.units import PER_PERSON
from kernel.web.calls import Call
from services.reporting import upstreams
from services.reporting.catalogue import CATALOGUE
from services.reporting.figures.ask import FigureAsk
from services.reporting.figures.items import Item, Key, dated, unavailable
from services.reporting.indicators import INDICATORS
from services.reporting.upstreams import NoAnswer, upstreams_of

VALUES_PATH = "/v1/{service}/indicator-values"
_LONGEST_LIST = 1900
"""Characters of the codes in one question; a service takes 2,000."""

Answered = dict[Key, list[Item]]


def parameters_of(service: str) -> frozenset[str]:
    """Return which parameters of units a service's figures know."""
    units = [entry.unit for entry in CATALOGUE.values() if entry.service == service]
    known = {"per": PER_PERSON in units, "money": any(unit.startswith("vnd") for unit in units)}
    return frozenset(name for name, is_known in known.items() if is_known)


def questions(ask: FigureAsk, service: str, keys: Sequence[Key]) -> list[dict[str, str]]:
    """Return the parameters of each call to a service: one for what is at its own scope, one for each other scope."""
    common = {
        "from": ask.from_.isoformat(),
        "to": ask.to.isoformat(),
        "province": ask.province,
        "group_by": ask.group_by,
        "geography": ask.geography,
        "previous": ask.previous,
        **{name: getattr(ask, name) for name in parameters_of(service)},
    }
    given = {name: value for name, value in common.items() if value is not None}
    by_scope: dict[str | None, list[str]] = {}
    for code, scope in keys:
        by_scope.setdefault(None if scope == CATALOGUE[code].default_scope else scope, []).append(code)
    return [
        {"indicators": codes, **({} if scope is None else {"scope": scope}), **given}
        for scope, listed in by_scope.items()
        for codes in _lists(listed)
    ]


def _lists(codes: Sequence[str]) -> Iterator[str]:
    taken: list[str] = []
    for code in codes:
        if taken and len(",".join(taken)) + 1 + len(code) > _LONGEST_LIST:
            yield ",".join(taken)
            taken = []
        taken.append(code)
    yield ",".join(taken)


def _seconds(call: Call, ask: FigureAsk) -> float:
    is_of_nation = ask.province is None and call.caller.alliance is None
    is_large = is_of_nation or ask.group_by is not None
    return upstreams.LARGE_DEADLINE_SECONDS if is_large else upstreams.DEADLINE_SECONDS


async def of_service(call: Call, ask: FigureAsk, service: str, keys: Sequence[Key]) -> Answered:
    """Return the items of another service's indicators; `unavailable` ones where it gave no answer to use."""
    try:
        answers = await upstreams_of(call).items(
            call,
            service,
            VALUES_PATH.format(service=service),
            questions(ask, service, keys),
            seconds=_seconds(call, ask),
        )
        return _by_key(ask, keys, [_read(item) for items in answers for item in items])
    except NoAnswer as no_answer:
        return {key: [unavailable(ask, *key, call.language, no_answer)] for key in keys}


def _read(item: Item) -> Item:
    try:
        return dated(item)
    except (KeyError, TypeError, ValueError) as error:
        raise NoAnswer("bad_answer") from error


def _by_key(ask: FigureAsk, keys: Sequence[Key], items: Sequence[Item]) -> Answered:
    answered: Answered = {key: [] for key in keys}
    for item in items:
        key = (item["indicator"], item["scope"])
        if key not in answered:
            raise NoAnswer("bad_answer")
        answered[key].append(item)
    # Groups that are no places and no periods may all be empty; a figure of its own is always there.
    if (ask.group_by in (None, "province") or ask.is_grouped_in_time) and not all(answered.values()):
        raise NoAnswer("bad_answer")
    return answered


async def of_reporting(call: Call, ask: FigureAsk, keys: Sequence[Key]) -> Answered:
    """Return the items of reporting's own indicators."""
    question = Ask(
        INDICATORS,
        tuple((INDICATORS.by_code[code], scope) for code, scope in keys),
        ask.from_,
        ask.to,
        ask.province,
        ask.group_by,
        ask.map,
        ask.spans if ask.is_grouped_in_time else (),
        ask.previous,
        ask.per,
        ask.money,
    )
    return _by_key(ask, keys, await own.values(call.db, question, call.caller, call.language))


async def of_all(call: Call, ask: FigureAsk, by_service: Mapping[str, Sequence[Key]]) -> Answered:
    """Return the items of all indicators asked, by code and scope."""
    asked = [
        of_reporting(call, ask, keys) if service == "reporting" else of_service(call, ask, service, keys)
        for service, keys in by_service.items()
        if keys
    ]
    answered: Answered = {}
    for each in await asyncio.gather(*asked):
        answered.update(each)
    return answered
