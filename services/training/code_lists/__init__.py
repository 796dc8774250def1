"""The closed lists of codes, with labels in both languages: `code_lists.X`, whatever file of this room it stands in."""

from services.training.code_lists import classes, trade
from services.training.code_lists.classes import *
from services.training.code_lists.trade import *

ALL = {**classes.ALL, **trade.ALL}
