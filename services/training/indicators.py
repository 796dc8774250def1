"""The service's indicators; each slice brings its own, and a figure and its evidence are made from one predicate."""

from __future__ import annotations

from kernel.indicators.table import IndicatorTable
from services.training.classes.indicators import CLASS_INDICATORS
from services.training.scopes import PREFIX
from services.training.trade.indicators import TRADE_INDICATORS

INDICATORS = IndicatorTable(PREFIX, (*CLASS_INDICATORS, *TRADE_INDICATORS))
