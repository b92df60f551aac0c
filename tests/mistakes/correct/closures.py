"""LBFGS, and SGD with a closure."""

import tinygrad_optim as torch
from tinygrad_optim import optim

for build in (lambda p: optim.LBFGS(p, lr=0.5, max_iter=5), lambda p: optim.SGD(p, lr=0.05)):
    w = torch.tensor([1.5, -1.0], requires_grad=True)
    optimizer = build([w])

    def closure(w=w, optimizer=optimizer):
        optimizer.zero_grad()
        loss = ((w - 3.0) ** 2).sum() + (w[0] * w[1]) ** 2
        loss.backward()
        return loss

    for _ in range(8):
        loss = optimizer.step(closure)
