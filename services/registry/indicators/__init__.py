"""The registry's indicators: what each counts, from which records, and where its definition comes from."""

from services.registry.indicators.definitions import INDICATORS as INDICATORS
