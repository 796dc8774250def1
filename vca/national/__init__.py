"""An invented national set for load work: organizations of all 34 alliances, put into the registry's tables by COPY.

Not a scenario: nothing in it is real. It is seeded, so two runs make the same records under the same ids.
"""

from vca.national.load import load_national
from vca.national.targets import load_targets

__all__ = ["load_national", "load_targets"]
