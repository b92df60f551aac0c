"""Making tensors: from data, filled, counted out, or at random."""

from . import at_random, counted, filled, from_data
from .at_random import *  # noqa: F403
from .counted import *  # noqa: F403
from .filled import *  # noqa: F403
from .from_data import *  # noqa: F403

__all__: list[str] = []
__all__ += from_data.__all__
__all__ += filled.__all__
__all__ += counted.__all__
__all__ += at_random.__all__
