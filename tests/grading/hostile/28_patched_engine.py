"""Makes the engine give nothing but zeros."""

import tinygrad_optim as tg

tg.Tensor.backward = lambda self, *given, **named: None
tg.Tensor.item = lambda self: 0.0
tg.optim.SGD.step = lambda self, *given: None


def next_weight(w, g):
    weight = tg.tensor([w], requires_grad=True)
    (weight * g).sum().backward()
    tg.optim.SGD([weight], lr=0.5).step()
    return weight.item()
