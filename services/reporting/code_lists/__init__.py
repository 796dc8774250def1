"""The closed lists of codes, with labels in both languages: `code_lists.X`, whatever file of this room it stands in."""

from services.reporting.code_lists import activities, figures
from services.reporting.code_lists.activities import *
from services.reporting.code_lists.figures import *

ALL = {**activities.ALL, **figures.ALL}
"""The codes of activities and of figures as another body reports them."""
