"""The functions of one or more tensors, under PyTorch's names and arguments; Tensor has them as methods too.

Each checks what it was given and hands on to one op. `axis` and `keepdims` are numpy's names for `dim` and
`keepdim`; PyTorch takes them too, and derivative rules use them because arrays have no others.
"""

from typing import TYPE_CHECKING

from . import (
    arithmetic,
    comparison,
    contraction,
    conversion,
    cumulative,
    diagonals,
    elementwise,
    extremes,
    joining,
    norms,
    order,
    parting,
    picking,
    placing,
    product,
    reduction,
    sampling,
    shape,
    softmaxes,
    sorting,
)
from .arithmetic import *  # noqa: F403
from .arithmetic import (
    clamp_bounds as clamp_bounds,
    division as division,
    lerp_arguments as lerp_arguments,
    where_method as where_method,
)
from .comparison import *  # noqa: F403
from .contraction import *  # noqa: F403
from .conversion import *  # noqa: F403
from .conversion import to as to
from .cumulative import *  # noqa: F403
from .diagonals import *  # noqa: F403
from .elementwise import *  # noqa: F403
from .extremes import *  # noqa: F403
from .joining import *  # noqa: F403
from .norms import *  # noqa: F403
from .order import *  # noqa: F403
from .parting import *  # noqa: F403
from .picking import *  # noqa: F403
from .placing import *  # noqa: F403
from .product import *  # noqa: F403
from .reduction import *  # noqa: F403
from .sampling import *  # noqa: F403
from .shape import *  # noqa: F403
from .shape import expand as expand, expand_as as expand_as, reshape_as as reshape_as, view as view, view_as as view_as
from .softmaxes import *  # noqa: F403
from .sorting import *  # noqa: F403

if not TYPE_CHECKING:  # type checkers read no lists that are added up: they take what was imported above
    __all__ = [
        *arithmetic.__all__,
        *comparison.__all__,
        *contraction.__all__,
        *conversion.__all__,
        *cumulative.__all__,
        *diagonals.__all__,
        *elementwise.__all__,
        *extremes.__all__,
        *joining.__all__,
        *norms.__all__,
        *order.__all__,
        *parting.__all__,
        *picking.__all__,
        *placing.__all__,
        *product.__all__,
        *reduction.__all__,
        *sampling.__all__,
        *shape.__all__,
        *softmaxes.__all__,
        *sorting.__all__,
    ]
