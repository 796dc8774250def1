"""The closed lists of codes, with labels in both languages: `code_lists.X`, whatever file of this room it stands in."""

from services.reporting.code_lists import activities, figures, plans, reports
from services.reporting.code_lists.activities import *
from services.reporting.code_lists.figures import *
from services.reporting.code_lists.plans import *
from services.reporting.code_lists.reports import *

ALL = {**activities.ALL, **figures.ALL, **plans.ALL, **reports.ALL}
