"""The catalogue of all indicators: `CATALOGUE`, by code, over all services; without a word of SQL.

The services stay independent: `indicators.json` is written from their tables by `vca indicators`, and a test compares the two.
"""

from services.reporting.catalogue.entries import CATALOGUE as CATALOGUE
from services.reporting.catalogue.entries import Entry as Entry
