"""The tables of the registry: `models.X`, whatever file of this room it stands in."""

from services.registry.models.base import *
from services.registry.models.cooperative_models import *
from services.registry.models.dissolution_cases import *
from services.registry.models.facts import *
from services.registry.models.inspections import *
from services.registry.models.member_teams import *
from services.registry.models.officers import *
from services.registry.models.organizations import *
from services.registry.models.ratings import *
from services.registry.models.statistics import *
from services.registry.models.successions import *
from services.registry.models.value_chains import *
