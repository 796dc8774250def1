"""What a service answers when it refuses: `problems.NotFound`, whatever file of this room it stands in."""

from kernel.problems.catalogue import *
from kernel.problems.confirmations import *
