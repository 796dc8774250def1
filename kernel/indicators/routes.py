"""Indicators and their values over HTTP."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, cast
from urllib.parse import parse_qsl

from fastapi import Query
from pydantic_core import PydanticCustomError
from starlette.responses import Response

from kernel.indicators import figures
from kernel.indicators.counting import Ask
from kernel.indicators.definitions import Indicator
from kernel.indicators.schemas import IndicatorDefinitions, IndicatorValues
from kernel.indicators.spans import MAX_SPANS, MONTHS, Previous, Span, spans_of
from kernel.indicators.table import IndicatorTable
from kernel.indicators.units import PER_PERSON, is_as_long
from kernel.problems import FieldError, Invalid
from kernel.records.listing import comma_list
from kernel.values import geography
from kernel.values.common_lists import (
    COMMUNE_MAPS,
    FIGURE_COMPARISONS,
    FIGURE_GROUPS,
    FIGURE_SCOPES,
    INCOME_PERIODS,
    MONEY_UNITS,
    among,
)
from kernel.values.days import AsOf, read_as_of
from kernel.values.wording import Labels, choice
from kernel.web.calls import Call, CurrentCall
from kernel.web.operations import ApiRouter
from kernel.web.replies import PRIVATE, json_reply
from kernel.web.schemas import listed


def _definition(table: IndicatorTable, indicator: Indicator, language: str) -> dict[str, Any]:
    return {
        "code": indicator.code,
        "label": indicator.label_en if language == "en" else indicator.label_vi,
        "unit": indicator.unit,
        "kind": indicator.kind,
        "scopes": list(indicator.scopes),
        "group_by": list(indicator.groups),
        "needs_coverage_of": list(indicator.needs),
        "evidence_list": f"{table.prefix}/{indicator.listed}",
        "denominator": indicator.denominator,
        "predicate": [
            {"scope": scope, "relation": indicator.relation.name, "condition": condition}
            for scope, condition in indicator.scopes.items()
        ],
        "source": indicator.source,
    }


def _fault(parameter: str, code: str, vi: str, en: str) -> FieldError:
    return FieldError(code, (vi, en), parameter=parameter)


def _not_offered(parameter: str, indicator: Indicator, offered: Labels) -> FieldError:
    words = (
        f"Chỉ tiêu “{indicator.label_vi}” không có lựa chọn này. {choice(offered)[0]}",
        f"The indicator “{indicator.label_en}” does not offer this. {choice(offered)[1]}",
    )
    return FieldError("not_allowed", words, parameter=parameter, allowed=tuple(offered))


def _ask(
    table: IndicatorTable,
    indicators: str | None,
    from_: date,
    to: date,
    province: str | None,
    scope: str | None,
    group_by: str | None,
    map_: str | None,
    previous: str | None,
    per: str | None = None,
    money: str | None = None,
) -> Ask:
    faults: list[FieldError] = []
    in_order = from_ <= to and (to - from_).days <= 366 * 50
    spans = tuple(spans_of(from_, to, group_by)) if group_by in MONTHS and in_order else ()
    chosen: list[tuple[Indicator, str]] = []
    too_many = False
    names = list(table.by_code) if indicators is None else list(dict.fromkeys(indicators.split(",")))
    for name in names:
        indicator = table.by_code.get(name)
        if indicator is None:
            labels = {code: (known.label_vi, known.label_en) for code, known in table.by_code.items()}
            faults.append(FieldError("not_allowed", choice(labels), parameter="indicators", allowed=tuple(labels)))
        elif scope is not None and scope not in indicator.scopes:
            if indicators or scope not in table.scopes:
                faults.append(_not_offered("scope", indicator, among(FIGURE_SCOPES, indicator.scopes)))
        elif group_by is not None and group_by not in indicator.groups:
            if indicators or group_by not in table.groups:
                faults.append(_not_offered("group_by", indicator, among(FIGURE_GROUPS, indicator.groups)))
        elif len(spans) > MAX_SPANS and (indicator.counted_anew or previous):
            # All indicators in many months are the flows, as they were before stocks had months.
            too_many = bool(indicators or previous)
        else:
            chosen.append((indicator, scope or indicator.default_scope))
    if too_many:
        words = (
            f"Chỉ tiêu cuối kỳ, hoặc khi so sánh, chỉ nhóm được tối đa {MAX_SPANS} kỳ; hãy chọn kỳ dài hơn hoặc ít năm hơn.",
            f"Figures at the end of periods, or compared, take at most {MAX_SPANS} of them; choose longer ones or fewer years.",
        )
        faults.append(FieldError("too_many", words, parameter="group_by"))
    if province is not None and geography.province(province) is None:
        faults.append(
            _fault(
                "province",
                "unknown_province",
                "Không có tỉnh này; hãy chọn trong danh mục tỉnh.",
                "There is no such province; choose one of the list.",
            )
        )
    if map_ not in (None, "2008", "2025"):
        faults.append(
            _fault("geography", "not_allowed", "Hãy chọn bản đồ 2008 hoặc 2025.", "Choose the map 2008 or 2025.")
        )
    if previous is not None and previous not in FIGURE_COMPARISONS:
        words = choice(FIGURE_COMPARISONS)
        faults.append(FieldError("not_allowed", words, parameter="previous", allowed=tuple(FIGURE_COMPARISONS)))
    faults += _shown_otherwise(chosen, spans or (Span(from_, to),), per, money)
    if to < from_:
        faults.append(
            _fault("to", "end_before_start", "Ngày cuối phải từ ngày đầu trở đi.", "The last day is before the first.")
        )
    elif (to - from_).days > 366 * 50:
        faults.append(_fault("to", "too_long", "Tối đa 50 năm.", "At most 50 years."))
    if faults:
        raise Invalid(*faults)
    map_ = map_ or geography.map_in_force(to)
    compared = cast(Previous | None, previous)
    return Ask(table, tuple(chosen), from_, to, province, group_by, map_, spans, compared, per, money)


def _shown_otherwise(
    chosen: Sequence[tuple[Indicator, str]], spans: Sequence[Span], per: str | None, money: str | None
) -> list[FieldError]:
    """Return what is wrong with the units asked for: an income for longer than the days would be an estimate."""
    faults = []
    for parameter, value, known in (("per", per, INCOME_PERIODS), ("money", money, MONEY_UNITS)):
        if value is not None and value not in known:
            faults.append(FieldError("not_allowed", choice(known), parameter=parameter, allowed=tuple(known)))
    of_persons = any(indicator.unit == PER_PERSON for indicator, _ in chosen)
    if per is not None and per in INCOME_PERIODS and of_persons and not all(is_as_long(span, per) for span in spans):
        words = (
            "Kỳ được hỏi ngắn hơn thời gian tính thu nhập; hãy hỏi kỳ dài hơn, hoặc thu nhập theo tháng.",
            "The days asked are shorter than what the income is for; ask for longer ones, or for income per month.",
        )
        faults.append(FieldError("longer_than_the_period", words, parameter="per"))
    return faults


_ASKED = {"from": 10, "to": 10, "province": 7, "indicators": 2000}
"""The parameters of what is asked for again and again, with the length that each may have."""


def _plain_query(query: bytes) -> dict[str, str] | None:
    """Return the parameters of an ordinary question, each once and in order; None leaves it to FastAPI to say what is wrong."""
    try:
        pairs = parse_qsl(query.decode("ascii"), keep_blank_values=True, max_num_fields=len(_ASKED))
    except ValueError:
        return None
    given = dict(pairs)
    if len(given) < len(pairs) or not {"from", "to"} <= given.keys() <= _ASKED.keys():
        return None
    return given if all(0 < len(value) <= _ASKED[name] for name, value in given.items()) else None


def indicators_router(
    table: IndicatorTable, scopes: Sequence[str], *, service: str | None = None, definitions: bool = True
) -> ApiRouter:
    """Return `GET /indicators` and `GET /indicator-values` of a service's table.

    `service` stands in the names of the operations, so that those of two services do not clash. Without `definitions` the
    service answers the first of them itself.
    """
    router = ApiRouter(prefix=table.prefix, tags=[f"{table.prefix.rpartition('/')[2]}-indicators"])
    *first, last = table.groups
    groups = f"{', '.join(first)} or {last}"

    async def list_indicators(call: CurrentCall) -> Response:
        """Return the table of indicators: unit, kind, scopes, predicate and source."""
        items = [_definition(table, indicator, call.language) for indicator in table.by_code.values()]
        headers = {"Content-Language": call.language, "Vary": "Accept-Language"}
        return json_reply({"items": items}, cache="public, max-age=3600", headers=headers)

    async def list_indicator_values(
        call: CurrentCall,
        from_: Annotated[AsOf, Query(alias="from", description="First day of the period")],
        to: Annotated[AsOf, Query(description="Last day; stocks are taken at its end")],
        indicators: Annotated[str | None, Query(max_length=2000, include_in_schema=False)] = None,
        province: Annotated[
            str | None, Query(description="Province on either map; default: the caller's whole area", max_length=7)
        ] = None,
        scope: Annotated[
            str | None,
            Query(
                description="Default: each indicator's own",
                max_length=40,
                json_schema_extra=listed(among(FIGURE_SCOPES, table.scopes)),
            ),
        ] = None,
        group_by: Annotated[
            str | None,
            Query(description=groups, max_length=40, json_schema_extra=listed(among(FIGURE_GROUPS, table.groups))),
        ] = None,
        map_: Annotated[
            str | None,
            Query(
                alias="geography",
                description="Map that `group_by` province and commune use; default: in force on `to`",
                json_schema_extra=listed(COMMUNE_MAPS),
            ),
        ] = None,
        previous: Annotated[
            str | None,
            Query(
                max_length=10,
                json_schema_extra=listed(FIGURE_COMPARISONS),
                description="year: compare with the same days a year before; period: with the period directly before",
            ),
        ] = None,
        per: Annotated[
            str | None,
            Query(
                max_length=10,
                include_in_schema=any(each.unit == PER_PERSON for each in table.by_code.values()),
                json_schema_extra=listed(INCOME_PERIODS),
                description="Income of a worker for a month, a half-year or a year that the days asked are as long as; default: month",
            ),
        ] = None,
        money: Annotated[
            str | None,
            Query(
                max_length=11,
                include_in_schema=any(each.unit.startswith("vnd") for each in table.by_code.values()),
                json_schema_extra=listed(MONEY_UNITS),
                description="Amounts in đồng or in millions of it, and so their numerators; default: đồng",
            ),
        ] = None,
    ) -> Response:
        """Count the records of a period: flows over `from`…`to`, stocks at `to`.

        A figure is `not_reported` (null, never 0) without coverage and of days to come, `partial` when only some of the provinces merged into
        the one asked for have it (`missing_provinces` names the others), and `outside_area` for a province that is not
        the caller's. `evidence` lists exactly the records counted. By commune and district every unit with coverage has its
        figure, 0 too; a commune of 2025 holds what lay in old ones that went whole into it. By month, quarter and year every one of
        the period has its figure with days and coverage of its own, a stock as it stood on the last of them (at most 36 of them for stocks, or with `previous`).
        """
        asked = _ask(table, indicators, from_, to, province, scope, group_by, map_, previous, per, money)
        return await answered(call, asked)

    async def answered(call: Call, ask: Ask) -> Response:
        items = await figures.values(call.db, ask, call.caller, call.language)
        headers = {"Content-Language": call.language, "Vary": "Accept-Language"}
        return json_reply({"items": items}, cache=PRIVATE, headers=headers)

    async def direct(call: Call) -> Response | None:
        given = _plain_query(call.request.scope["query_string"])
        if given is None:
            return None
        try:
            from_, to = read_as_of(given["from"]), read_as_of(given["to"])
        except PydanticCustomError:
            return None
        ask = _ask(table, given.get("indicators"), from_, to, given.get("province"), None, None, None, None)
        return await answered(call, ask)

    if service is not None:
        list_indicators.__name__ = f"list_{service}_indicators"
        list_indicator_values.__name__ = f"list_{service}_indicator_values"
    if definitions:
        router.operation(
            "GET",
            "/indicators",
            scopes=scopes,
            response_model=IndicatorDefinitions,
            summary="List indicator definitions",
        )(list_indicators)
    router.operation(
        "GET",
        "/indicator-values",
        scopes=scopes,
        direct=direct,
        response_model=IndicatorValues,
        openapi_extra={"parameters": [comma_list("indicators", table.by_code, "Codes of indicators; default: all.")]},
        summary="List indicator values",
    )(list_indicator_values)
    return router
