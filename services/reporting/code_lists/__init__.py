"""The closed lists of codes, with labels in both languages: `code_lists.X`, whatever file of this room it stands in."""

from services.reporting.code_lists import activities
from services.reporting.code_lists.activities import *

ALL = {**activities.ALL}
