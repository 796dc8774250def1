"""The tables of the service: `models.X`, whatever file of this room it stands in."""

from services.training.models.base import *
from services.training.models.classes import *
from services.training.models.coverages import *
from services.training.models.trade import *
from services.training.models.trainees import *
