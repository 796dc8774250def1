"""What the service refuses, beyond what all refuse: `problems.X`, whatever file of this room it stands in."""

from services.reporting.problems.plans import *
from services.reporting.problems.reported_figures import *
from services.reporting.problems.reports import *
