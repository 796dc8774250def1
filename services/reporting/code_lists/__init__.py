"""The closed lists of codes, with labels in both languages: `code_lists.X`, whatever file of this room it stands in."""

from services.reporting.code_lists import activities, plans
from services.reporting.code_lists.activities import *
from services.reporting.code_lists.plans import *

ALL = {**activities.ALL, **plans.ALL}
