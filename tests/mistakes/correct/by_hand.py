"""No optimizer at all: parameters written under no_grad, gradients cleared by hand in several ways."""

import tinygrad_optim as torch

torch.manual_seed(0)
x, y = torch.randn(30, 2), torch.randn(30, 1)
w, b = torch.randn(2, 1, requires_grad=True), torch.zeros(1, requires_grad=True)
for step in range(20):
    loss = ((x @ w + b - y) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        for p in (w, b):
            p -= 0.1 * p.grad
            p.grad = None
for step in range(20):
    loss = ((x @ w + b - y) ** 2).mean()
    loss.backward()
    w.data -= 0.1 * w.grad.data
    b.data -= 0.1 * b.grad.data
    w.grad.data.zero_()
    b.grad.zero_()
for step in range(20):
    loss = ((x @ w + b - y) ** 2).mean()
    dw, db = torch.autograd.grad(loss, [w, b])
    with torch.no_grad():
        w.sub_(0.1 * dw)
        b.sub_(0.1 * db)
