"""Lists: named filters, keyset pages, counts and facets, from one declaration a resource.

The declaration makes the contract's parameters, checks what is asked (every fault at once) and writes the SQL.
"""

from kernel.records.listing.answer import answer_list
from kernel.records.listing.declaration import Listing, SortKey, Source, comma_list, sums_of
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
from kernel.records.listing.operation import list_operation
from kernel.records.listing.query import read_comma_list

__all__ = [
    "Filter",
    "Listing",
    "SortKey",
    "Source",
    "answer_list",
    "code_filter",
    "comma_list",
    "day_filter",
    "day_range",
    "flag_filter",
    "id_filter",
    "instant_range",
    "integer_filter",
    "list_operation",
    "name_filter",
    "number_range",
    "read_comma_list",
    "sums_of",
    "text_filter",
]
