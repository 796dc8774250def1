"""The service's indicators; each room brings its own, and a figure and its evidence are made from one predicate."""

from __future__ import annotations

from kernel.indicators.table import IndicatorTable
from services.training.indicators.classes import CLASS_INDICATORS
from services.training.indicators.trade import TRADE_INDICATORS
from services.training.scopes import PREFIX

INDICATORS = IndicatorTable(PREFIX, (*CLASS_INDICATORS, *TRADE_INDICATORS))
