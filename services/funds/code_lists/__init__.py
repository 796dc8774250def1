"""The closed lists of codes, with labels in both languages: `code_lists.X`, whatever file of this room it stands in."""

from services.funds.code_lists import books, capital, lending, servicing
from services.funds.code_lists.books import *
from services.funds.code_lists.capital import *
from services.funds.code_lists.lending import *
from services.funds.code_lists.servicing import *

ALL = {**capital.ALL, **lending.ALL, **servicing.ALL, **books.ALL}
