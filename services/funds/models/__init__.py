"""The tables of the service: `models.X`, whatever file of this room it stands in."""

from services.funds.models.base import *
from services.funds.models.books import *
from services.funds.models.capital import *
from services.funds.models.lending import *
from services.funds.models.loans import *
from services.funds.models.monitoring import *
from services.funds.models.servicing import *
