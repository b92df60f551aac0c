"""The functions of one or more tensors, under PyTorch's names and arguments; Tensor has them as methods too.

Each checks what it was given and hands on to one op. `axis` and `keepdims` are numpy's names for `dim` and
`keepdim`; PyTorch takes them too, and derivative rules use them because arrays have no others.
"""

from .elementwise import (
    abs,
    add,
    div,
    exp,
    log,
    maximum,
    mul,
    neg,
    pow,
    relu,
    sigmoid,
    sign,
    sqrt,
    square,
    sub,
    tanh,
    where,
)
from .elementwise import (
    where_method as where_method,
)
from .picking import (
    gather,
    getitem,
)
from .product import (
    matmul,
    mm,
)
from .reduction import (
    amax,
    argmax,
    log_softmax,
    max,
    mean,
    softmax,
    sum,
)
from .shape import (
    cat,
    clone,
    expand,
    flatten,
    permute,
    reshape,
    squeeze,
    stack,
    t,
    to,
    transpose,
    unsqueeze,
)
from .shape import (
    view as view,
)

__all__ = [
    "abs",
    "add",
    "amax",
    "argmax",
    "cat",
    "clone",
    "div",
    "exp",
    "expand",
    "flatten",
    "gather",
    "getitem",
    "log",
    "log_softmax",
    "matmul",
    "max",
    "maximum",
    "mean",
    "mm",
    "mul",
    "neg",
    "permute",
    "pow",
    "relu",
    "reshape",
    "sigmoid",
    "sign",
    "softmax",
    "sqrt",
    "square",
    "squeeze",
    "stack",
    "sub",
    "sum",
    "t",
    "tanh",
    "to",
    "transpose",
    "unsqueeze",
    "where",
]
