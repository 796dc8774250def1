"""The tables of the service: `models.X`, whatever file of this room it stands in."""

from services.reporting.models.activities import *
from services.reporting.models.base import *
from services.reporting.models.coverages import *
from services.reporting.models.plans import *
from services.reporting.models.reported_figures import *
from services.reporting.models.reports import *
