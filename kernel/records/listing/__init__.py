"""Lists: named filters, keyset pages, counts and facets, from one declaration a resource.

The declaration makes the contract's parameters, checks what is asked (every fault at once) and writes the SQL.
"""

from kernel.records.listing.answer import answer_list, read_page
from kernel.records.listing.counted import Evidence, counted
from kernel.records.listing.declaration import MAX_LIMIT, Listing, Search, SortKey, Source, comma_list, sums_of
from kernel.records.listing.filters import (
    Filter,
    code_filter,
    day_filter,
    day_range,
    flag_filter,
    id_filter,
    instant_range,
    integer_filter,
    name_filter,
    number_range,
    text_filter,
)
from kernel.records.listing.listed import listed, listed_as
from kernel.records.listing.operation import list_operation
from kernel.records.listing.query import read_comma_list

__all__ = [
    "MAX_LIMIT",
    "Evidence",
    "Filter",
    "Listing",
    "Search",
    "SortKey",
    "Source",
    "answer_list",
    "code_filter",
    "comma_list",
    "counted",
    "day_filter",
    "day_range",
    "flag_filter",
    "id_filter",
    "instant_range",
    "integer_filter",
    "list_operation",
    "listed",
    "listed_as",
    "name_filter",
    "number_range",
    "read_comma_list",
    "read_page",
    "sums_of",
    "text_filter",
]
