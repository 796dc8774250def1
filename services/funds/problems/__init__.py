"""What the service refuses, beyond what all refuse: `problems.X`, whatever file of this room it stands in."""

from services.funds.problems.books import *
from services.funds.problems.capital import *
from services.funds.problems.lending import *
from services.funds.problems.reversals import *
from services.funds.problems.servicing import *
from services.funds.problems.write_offs import *
