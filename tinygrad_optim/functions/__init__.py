"""The functions of one or more tensors, under PyTorch's names and arguments; Tensor has them as methods too.

Each checks what it was given and hands on to one op. `axis` and `keepdims` are numpy's names for `dim` and
`keepdim`; PyTorch takes them too, and derivative rules use them because arrays have no others.
"""

from . import elementwise, picking, product, reduction, shape
from .elementwise import *  # noqa: F403
from .elementwise import where_method as where_method
from .picking import *  # noqa: F403
from .product import *  # noqa: F403
from .reduction import *  # noqa: F403
from .shape import *  # noqa: F403
from .shape import view as view

__all__: list[str] = []
__all__ += elementwise.__all__
__all__ += picking.__all__
__all__ += product.__all__
__all__ += reduction.__all__
__all__ += shape.__all__
