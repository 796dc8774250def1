"""What the service refuses, beyond what all refuse: `problems.X`, whatever file of this room it stands in."""

from services.training.problems.classes import *
from services.training.problems.trade import *
from services.training.problems.trainees import *
