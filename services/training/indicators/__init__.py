"""The service's indicators; each room brings its own, and a figure and its evidence are made from one predicate."""

from __future__ import annotations

from kernel.database.statements import statement
from kernel.indicators.table import IndicatorTable, Named
from services.training import code_lists as codes
from services.training.indicators.classes import CLASS_INDICATORS
from services.training.indicators.trade import TRADE_INDICATORS
from services.training.scopes import PREFIX

_PROGRAM_NAMES = statement(Named, "SELECT id, name FROM program WHERE id = ANY($1::uuid[])")
INDICATORS = IndicatorTable(
    PREFIX,
    (*CLASS_INDICATORS, *TRADE_INDICATORS),
    labels={
        "attribution": codes.ATTRIBUTIONS,
        "topic": codes.TOPICS,
        "kind": codes.CLASS_KINDS,
        "audience": codes.AUDIENCES,
        "event_kind": codes.TRADE_EVENT_KINDS,
        "organizer": codes.ORGANIZER_KINDS,
        "organization_type": codes.ORGANIZATION_TYPES,
        "product_kind": codes.PRODUCT_KINDS,
        "buyer_kind": codes.BUYER_KINDS,
    },
    names={"program": _PROGRAM_NAMES},
)
