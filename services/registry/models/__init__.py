"""The tables of the registry: `models.X`, whatever file of this room it stands in."""

from services.registry.models.base import *
from services.registry.models.facts import *
from services.registry.models.organizations import *
from services.registry.models.statistics import *
