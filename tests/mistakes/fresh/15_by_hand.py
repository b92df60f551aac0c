# Gradient descent without any optimizer, in several ways that one finds in notebooks; all of them are right.
import numpy as np

import tinygrad_optim as torch
from tinygrad_optim import nn

torch.manual_seed(9)
rng = np.random.default_rng(9)
X = torch.from_numpy(rng.normal(size=(100, 3)).astype(np.float32))
true_w = torch.tensor([[1.5], [-2.0], [0.7]])
Y = X @ true_w + 0.3 + 0.01 * torch.from_numpy(rng.normal(size=(100, 1)).astype(np.float32))

# 1. two leaves, no_grad, grad.zero_()
w = torch.zeros(3, 1, requires_grad=True)
b = torch.zeros(1, requires_grad=True)
lr = 0.1
for i in range(60):
    loss = ((X @ w + b - Y) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        w -= lr * w.grad
        b -= lr * b.grad
        w.grad.zero_()
        b.grad.zero_()
one = loss.item()

# 2. a new leaf at each turn, gradients from autograd.grad
theta = torch.zeros(4, 1, requires_grad=True)
X1 = torch.cat([X, torch.ones(100, 1)], dim=1)
for i in range(60):
    loss = (X1 @ theta - Y).square().mean()
    (g,) = torch.autograd.grad(loss, theta)
    theta = (theta - lr * g).detach().requires_grad_()
two = loss.item()

# 3. a module, momentum by hand, gradients set to None, the lr lowered by hand, L1 added to the loss
model = nn.Linear(3, 1)
velocity = [torch.zeros_like(p) for p in model.parameters()]
for i in range(60):
    rate = 0.05 * 0.98**i
    loss = nn.functional.mse_loss(model(X), Y) + 1e-3 * sum(p.abs().sum() for p in model.parameters())
    for p in model.parameters():
        p.grad = None
    loss.backward()
    with torch.no_grad():
        for p, v in zip(model.parameters(), velocity):
            v.mul_(0.9).add_(p.grad)
            p.sub_(rate * v)
three = loss.item()

# 4. p.data in old style, and a Newton step from second derivatives
a = torch.tensor([2.0], requires_grad=True)
for i in range(4):
    f = (a**4 - 3 * a**2 + a).sum()
    (first,) = torch.autograd.grad(f, a, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), a)
    a.data -= (first / second).detach()
four = a.item()

# 5. one weight at a time, row by row: stochastic steps of batch 1 through a shuffled order
u = torch.zeros(3, requires_grad=True)
for row in torch.randperm(100).tolist():
    err = X[row] @ u + 0.3 - Y[row, 0]
    (err**2).backward()
    with torch.no_grad():
        u.add_(u.grad, alpha=-0.05)
    u.grad = None
five = (u.detach() - true_w.flatten()).abs().max().item()
print(f"{one:.6f} {two:.6f} {three:.6f} {four:.4f} {five:.4f}")
